// Files that hold secrets.
#pragma once

#include <filesystem>
#include <string_view>

namespace otafleet::cli {

/// Writes `content` to `file`, readable by its owner alone, and makes its directory (0700) when there is none. False
/// when it could not; errno then says why.
[[nodiscard]] bool write_private_file(const std::filesystem::path& file, std::string_view content);

} // namespace otafleet::cli
