#include "telemetry/progress.hpp"

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

using namespace std::chrono_literals;

[[nodiscard]] progress_reading reading_of(std::uint64_t provisioned, std::uint64_t updated, bool has_goal) {
  progress_reading reading;
  reading.elapsed = 42s;
  reading.fleets.push_back({"pilot", 500, provisioned, updated, 0, has_goal});
  reading.requests_per_second = 310.4;
  return reading;
}

TEST(progress, tells_what_each_fleet_has_reached) {
  EXPECT_EQ(progress_line(reading_of(480, 120, true), 120),
            "   42.0s  pilot 480/500 provisioned, 120/500 updated     310 req/s  0 failures");
}

TEST(progress, does_not_speak_of_updates_before_there_are_any) {
  EXPECT_EQ(progress_line(reading_of(480, 0, false), 120).find("updated"), std::string::npos);
}

TEST(progress, keeps_its_width_while_figures_grow) {
  EXPECT_EQ(progress_line(reading_of(1, 0, true), 120).size(), progress_line(reading_of(500, 499, true), 120).size());
}

TEST(progress, never_wraps) {
  EXPECT_EQ(progress_line(reading_of(480, 120, true), 40).size(), 39u);
}

} // namespace
} // namespace otafleet::telemetry
