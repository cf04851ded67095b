// The small languages inside scenario values: thresholds and moments.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "scenarios/model.hpp"

namespace otafleet::scenarios {

/// Reads `p99 < 2s`, `>= 98%` or `== 0` for the measure `name`: the statistic must be one that the measure takes, and
/// the bound must be in its unit. The measures are listed in bound.cpp; `telemetry` evaluates the same ones.
[[nodiscard]] tl::expected<threshold, std::string> read_threshold(std::string_view name, std::string_view expression);

/// Every measure that a threshold may be about, comma separated.
[[nodiscard]] std::string known_measure_names();

/// Reads `95% provisioned` or `50% updated`, the share above 0, or `faults over`.
[[nodiscard]] tl::expected<moment, std::string> read_moment(std::string_view text);

} // namespace otafleet::scenarios
