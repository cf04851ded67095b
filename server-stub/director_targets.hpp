// The Director's targets document of one device (protocol.md section 4.8). Pure.
#pragma once

#include <cstdint>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server-stub/device_record.hpp"

namespace otafleet::stub {

/// The assignments that one document can carry: an earlier one keeps a later one out that gives its file another
/// content. Places in `assignments`, ascending.
[[nodiscard]] std::vector<std::size_t> listable(const std::vector<open_assignment>& assignments);

/// The part to sign. Of several campaigns at once it names the first one's correlation id.
[[nodiscard]] nlohmann::json director_targets(const ecu_set& ecus, const std::vector<open_assignment>& listed,
                                              std::int64_t expires, std::int32_t version);

} // namespace otafleet::stub
