#include "device/dice.hpp"

#include <algorithm>
#include <regex>
#include <vector>

#include <gtest/gtest.h>

#include "device/pretty_name.hpp"

namespace otafleet::device {
namespace {

TEST(dice, repeat_their_sequence_for_the_same_seed_device_and_purpose) {
  dice a{{7, 3}, purpose::poll_jitter};
  dice b{{7, 3}, purpose::poll_jitter};
  for (int i = 0; i != 100; ++i)
    ASSERT_EQ(a.next(), b.next());
}

TEST(dice, differ_between_seeds_devices_and_purposes) {
  const auto first = [](device_seed seed, purpose what) { return dice{seed, what}.next(); };
  const auto reference = first({7, 3}, purpose::poll_jitter);
  EXPECT_NE(reference, first({8, 3}, purpose::poll_jitter));
  EXPECT_NE(reference, first({7, 4}, purpose::poll_jitter));
  EXPECT_NE(reference, first({7, 3}, purpose::install_time));
}

TEST(dice, make_version_4_uuids) {
  dice ids{{1, 1}, purpose::event_id};
  const std::regex form{"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"};
  for (int i = 0; i != 100; ++i) {
    const auto id = ids.uuid();
    EXPECT_TRUE(std::regex_match(id, form)) << id;
  }
}

TEST(dice, draw_install_times_with_the_asked_median_and_99th_percentile) {
  dice times{{1, 1}, purpose::install_time};
  std::vector<double> drawn(20'000);
  for (auto& one : drawn)
    one = log_normal(times, 3, 20);
  std::sort(drawn.begin(), drawn.end());
  EXPECT_NEAR(drawn[10'000], 3, 0.1);
  EXPECT_NEAR(drawn[19'800], 20, 2);
}

TEST(dice, give_names_that_the_gateway_can_put_into_a_certificate) {
  dice names{{1, 1}, purpose::device_id};
  EXPECT_TRUE(std::regex_match(pretty_name(names), std::regex{"[a-z]+-[a-z]+-[0-9]{1,3}"}));
}

} // namespace
} // namespace otafleet::device
