// PUT /director/manifest as Airbotics checks it (protocol.md section 6, end). Pure.
#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/manifest_check.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

/// What is wrong reaches the device as one sentence, "unable to accept robot manifest" (400); the refusal's code says
/// more to the audit log: `manifest_schema` (a member too many, too few or of another type), `manifest_method` (any
/// `method` but `rsassa-pss`), `manifest_ecu_missing`, `manifest_attack_detected`, and those of `check_manifest`. All
/// reports must be signed with the primary's key, as if no ECU had one of its own. `counters` is filled: whether one of
/// them was used before is for the caller to say.
[[nodiscard]] tl::expected<manifest_content, refusal> check_strict_manifest(std::string_view body,
                                                                            const ecu_set& registered);

/// The refusal of a manifest with this code.
[[nodiscard]] refusal strict_manifest_refusal(std::string_view code);

} // namespace otafleet::stub
