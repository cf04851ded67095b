// The scenario loader and telemetry each have a table of what a threshold may be about, because neither room may use
// the other.
#include <gtest/gtest.h>

#include "scenarios/bound.hpp"
#include "telemetry/thresholds.hpp"

namespace otafleet {
namespace {

TEST(measures, are_the_same_in_scenarios_and_in_telemetry) {
  std::string names;
  for (const auto& one : telemetry::known_measures())
    names.append(names.empty() ? "" : ", ").append(one.name);
  EXPECT_EQ(scenarios::known_measure_names(), names);
}

TEST(measures, are_counted_in_the_same_unit) {
  using unit = telemetry::measure_unit;
  for (const auto& one : telemetry::known_measures()) {
    EXPECT_EQ(scenarios::read_threshold(one.name, "p99 < 1s").has_value(), one.unit == unit::time) << one.name;
    EXPECT_EQ(scenarios::read_threshold(one.name, "< 50%").has_value(), one.unit == unit::share) << one.name;
    EXPECT_EQ(scenarios::read_threshold(one.name, "> 5/min").has_value(), one.unit == unit::per_second) << one.name;
    EXPECT_EQ(scenarios::read_threshold(one.name, "== 12").has_value(), one.unit == unit::number) << one.name;
  }
}

} // namespace
} // namespace otafleet
