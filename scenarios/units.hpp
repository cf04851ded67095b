// Quantities as people write them: `1m30s`, `2MiB`, `50/s`, `20%`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "scenarios/model.hpp"

namespace otafleet::scenarios {

/// `10s`, `1.5h`, `1m30s`; units ns us ms s m h d. Not negative, at most 10,000 days.
[[nodiscard]] tl::expected<duration, std::string> read_duration(std::string_view text);

/// `512`, `10kB`, `2MiB`; units B kB KiB MB MiB GB GiB, a bare number counts bytes. At most 2^50.
[[nodiscard]] tl::expected<std::uint64_t, std::string> read_size(std::string_view text);

/// `50/s`, `3000/min`, `7200/h` as events a second; above zero.
[[nodiscard]] tl::expected<double, std::string> read_rate(std::string_view text);

/// `20%` or `0.2` as 0.2; between 0 and 1.
[[nodiscard]] tl::expected<double, std::string> read_share(std::string_view text);

/// A plain decimal number.
[[nodiscard]] tl::expected<double, std::string> read_number(std::string_view text);

} // namespace otafleet::scenarios
