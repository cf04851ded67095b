// What the environment asks of the command line.
#pragma once

namespace otafleet::cli {

/// True when a variable is there, whatever its value: NO_COLOR, CI.
[[nodiscard]] bool is_in_environment(const char* name) noexcept;

} // namespace otafleet::cli
