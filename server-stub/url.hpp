// The parts of a request target: path segments and query values, decoded once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otafleet::stub {

/// Nothing for a `%` without two hexadecimal digits, and for a decoded NUL.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

/// Up to the `?`.
[[nodiscard]] std::string_view path_of(std::string_view target) noexcept;
/// After the `?`, empty without one.
[[nodiscard]] std::string_view query_of(std::string_view target) noexcept;

/// The first value of that name, decoded, `+` as a space; nothing when it is missing or broken.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// What follows `prefix` in `text`; nothing when `text` does not begin so or nothing follows.
[[nodiscard]] std::optional<std::string_view> after(std::string_view text, std::string_view prefix) noexcept;

} // namespace otafleet::stub
