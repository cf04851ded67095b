// The one field of an error answer that the real client reads (protocol.md section 0.5).
#pragma once

#include <string>
#include <string_view>

namespace otafleet::device {

/// The member `code` of a JSON object; empty when `body` is anything else. At most 64 characters of `A-Z a-z 0-9 _ -`,
/// because it becomes a label: anything longer or stranger also counts as absent.
[[nodiscard]] std::string error_code(std::string_view body);

} // namespace otafleet::device
