#include "actors/start_schedule.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

using namespace std::chrono_literals;

TEST(start_schedule, starts_a_ramp_at_once_and_ends_it_one_step_before_its_end) {
  const start_schedule ramp{scenarios::start_ramp{60s}, 4};
  EXPECT_EQ(ramp.intended_start(0), 0s);
  EXPECT_EQ(ramp.intended_start(1), 15s);
  EXPECT_EQ(ramp.intended_start(3), 45s);
}

TEST(start_schedule, is_stretched_to_a_stated_maximum_rate) {
  const start_schedule at_once{scenarios::start_at_once{}, 500, 50.0};
  EXPECT_TRUE(at_once.is_stretched());
  EXPECT_EQ(at_once.intended_start(1), 20ms);
  EXPECT_EQ(at_once.over(), 10s);
  const start_schedule slow{scenarios::start_ramp{60s}, 500, 50.0};
  EXPECT_FALSE(slow.is_stretched());
  EXPECT_EQ(slow.intended_start(1), 120ms);
}

TEST(start_schedule, spaces_a_rate_evenly) {
  const start_schedule rate{scenarios::start_rate{20}, 500};
  EXPECT_EQ(rate.intended_start(1), 50ms);
  EXPECT_EQ(rate.intended_start(499), 24950ms);
}

TEST(start_schedule, starts_everybody_at_zero_when_asked_to) {
  const start_schedule at_once{scenarios::start_at_once{}, 100'000};
  EXPECT_EQ(at_once.intended_start(99'999), 0s);
}

TEST(start_schedule, keeps_its_step_for_a_million_devices_over_a_day) {
  const start_schedule day{scenarios::start_ramp{24h}, 1'000'000};
  EXPECT_EQ(day.intended_start(999'999), 24h - 86'400us);
}

} // namespace
} // namespace otafleet::actors
