#include "actors/pacer.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

using namespace std::chrono_literals;

const pacer::clock::time_point start{};

/// How many may begin in `span`, asked for whenever the pacer says and `late` after that.
[[nodiscard]] int begun_within(double per_second, std::chrono::nanoseconds span, std::chrono::nanoseconds late = 0ns) {
  pacer limit{per_second, start};
  int begun = 0;
  for (auto now = start; now < start + span; now = limit.next(now) + late)
    while (limit.take(now))
      ++begun;
  return begun;
}

TEST(pacer, lets_the_rate_begin_and_no_more) {
  EXPECT_EQ(begun_within(50, 10s), 500);
  EXPECT_EQ(begun_within(0.5, 10s), 5);
  EXPECT_EQ(begun_within(20'000, 1s), 20'019); // the bucket's 20, and then one every 50 us
}

TEST(pacer, does_not_make_up_for_time_in_which_nothing_was_asked_of_it) {
  pacer limit{50, start};
  const auto later = start + 1h;
  EXPECT_TRUE(limit.take(later));
  EXPECT_FALSE(limit.take(later));
  EXPECT_EQ(limit.next(later), later + 20ms);
}

TEST(pacer, stays_below_the_rate_when_it_is_asked_late) {
  EXPECT_LE(begun_within(1'000, 1s, 3ms), 251);
}

TEST(pacer, pays_back_what_it_owes) {
  pacer limit{50, start};
  EXPECT_TRUE(limit.take(start));
  limit.owe(2);
  EXPECT_EQ(limit.next(start), start + 60ms);
  EXPECT_FALSE(limit.take(start + 59ms));
  EXPECT_TRUE(limit.take(start + 60ms));
}

} // namespace
} // namespace otafleet::actors
