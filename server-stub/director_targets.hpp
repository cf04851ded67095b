// The Director's documents of one device (protocol.md section 4.8). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/signing_keys.hpp"

namespace otafleet::stub {

/// 404 `device_missing_primary_ecu`.
[[nodiscard]] refusal no_ecus();

/// Makes the next request for the list produce a new version.
void outdate(device_record& record) noexcept;

/// The assignments that one document can carry: an earlier one keeps a later one out that gives its file another
/// content. Places in `assignments`, ascending.
[[nodiscard]] std::vector<std::size_t> listable(const std::vector<open_assignment>& assignments);

/// The part to sign. Of several campaigns at once it names the first one's correlation id. With an `image_base` each
/// target names its `uri` below it and its `targetFormat`, as Airbotics does; else the uri is null.
[[nodiscard]] nlohmann::json director_targets(const ecu_set& ecus, const std::vector<open_assignment>& listed,
                                              std::int64_t expires, std::int32_t version,
                                              std::string_view image_base = {});

/// A snapshot that describes the signed list `text`, and a timestamp that describes the snapshot; both of the list's
/// version. `text` must be canonical.
[[nodiscard]] tl::expected<list_announcement, std::string>
announce_list(std::string_view text, std::int32_t version, std::int64_t expires, const repository_keys& keys);

} // namespace otafleet::stub
