// POST /director/ecus: reads and judges it (protocol.md sections 3.1 to 3.3). Pure.
#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

inline constexpr std::size_t max_ecus_per_device = 64;
inline constexpr std::size_t max_removed_serials = 256;

/// The ECUs that the body lists, primary first.
///
/// Fails with `primary_is_not_listed_for_device`, or `invalid_entity` for everything else that is wrong: not the JSON
/// shape, no ECU or more than 64, a serial that is not 1 to 64 characters or is listed twice, a hardware id over 200, a
/// key that is neither ED25519 nor RSA of 2048, 3072 or 4096 bits.
[[nodiscard]] tl::expected<ecu_set, refusal> read_registration(std::string_view body);

/// Lets `wanted` follow `present` on the same device: serials that disappear are remembered, and one that had
/// disappeared may not come back (409 `ecu_reuse_not_allowed`). A device that went through 256 serials gets 409
/// `ecu_replacement_disabled`.
[[nodiscard]] tl::expected<ecu_set, refusal> replace_ecus(const ecu_set& present, ecu_set wanted);

} // namespace otafleet::stub
