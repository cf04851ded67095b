// Bearer secrets: making them and comparing them.
#pragma once

#include <string>
#include <string_view>

namespace otafleet::stub {

/// 256 random bits, lower-case hexadecimal; empty when the system has no randomness.
[[nodiscard]] std::string new_secret();

/// Takes as long for a near miss as for a wide one; never true for an empty secret.
[[nodiscard]] bool is_secret(std::string_view offered, std::string_view secret) noexcept;

} // namespace otafleet::stub
