// How a name that a server chose appears in a failure's detail. Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace otafleet::uptane {

/// `untrusted` in quotes, with everything but printable ASCII escaped and cut after 80 bytes: details end up in logs.
[[nodiscard]] std::string shown(std::string_view untrusted);

} // namespace otafleet::uptane
