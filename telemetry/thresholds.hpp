// Judging a run's figures against bounds: `provisioning.response: p99 < 2s`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/results.hpp"

namespace otafleet::telemetry {

enum class comparison { less, less_equal, greater, greater_equal, equal };

struct threshold {
  std::string name;
  /// As the user wrote it.
  std::string expression;
  /// Empty for a measure that is one number.
  std::string statistic;
  comparison compare = comparison::less;
  /// Seconds for a time, 0..1 for a share, else a plain number.
  double bound = 0;
};

/// What a measure is counted in. Times take a statistic (`p50 p90 p99 p99.9 avg max`), the others none.
enum class measure_unit { time, share, per_second, number };

struct measure {
  std::string_view name;
  measure_unit unit;
};

/// Everything that a threshold may be about.
[[nodiscard]] std::span<const measure> known_measures() noexcept;

/// Evaluates `bound` for `run`. A measure without samples has no value (NaN), and its threshold does not hold: a run
/// that measured nothing has proved nothing. Precondition: name and statistic are known.
[[nodiscard]] threshold_result evaluate(const threshold& what, const results& run);

} // namespace otafleet::telemetry
