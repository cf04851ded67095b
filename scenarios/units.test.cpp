#include "scenarios/units.hpp"

#include <gtest/gtest.h>

namespace otafleet::scenarios {
namespace {

using namespace std::chrono_literals;

TEST(units, read_durations_alone_and_combined) {
  EXPECT_EQ(read_duration("10s").value(), 10s);
  EXPECT_EQ(read_duration("1.5h").value(), 90min);
  EXPECT_EQ(read_duration("1m30s").value(), 90s);
  EXPECT_EQ(read_duration("250us").value(), 250us);
  EXPECT_EQ(read_duration("2d").value(), 48h);
  EXPECT_EQ(read_duration("0s").value(), 0s);
}

TEST(units, refuse_what_is_no_duration) {
  for (const auto* text : {"", "s", "10", "-1s", "1e3s", "10 s", "10sec", "1.2.3s", ".5s", "5.s", "nan", "inf",
                           "10001d", "99999999999999999999d"})
    EXPECT_FALSE(read_duration(text)) << text;
}

TEST(units, tell_kB_from_KiB) {
  EXPECT_EQ(read_size("10kB").value(), 10'000u);
  EXPECT_EQ(read_size("10KiB").value(), 10'240u);
  EXPECT_EQ(read_size("0.5MiB").value(), 524'288u);
  EXPECT_EQ(read_size("512").value(), 512u);
  for (const auto* text : {"", "KiB", "1kib", "1 MB", "-1B", "9999999GiB"})
    EXPECT_FALSE(read_size(text)) << text;
}

TEST(units, read_rates_a_second_a_minute_and_an_hour) {
  EXPECT_DOUBLE_EQ(read_rate("50/s").value(), 50);
  EXPECT_DOUBLE_EQ(read_rate("3000/min").value(), 50);
  EXPECT_DOUBLE_EQ(read_rate("7200/h").value(), 2);
  for (const auto* text : {"", "50", "0/s", "-1/s", "50/m", "50 / s", "/s"})
    EXPECT_FALSE(read_rate(text)) << text;
}

TEST(units, read_shares_as_percentages_and_fractions) {
  EXPECT_DOUBLE_EQ(read_share("20%").value(), 0.2);
  EXPECT_DOUBLE_EQ(read_share("0.2").value(), 0.2);
  EXPECT_DOUBLE_EQ(read_share("100%").value(), 1);
  for (const auto* text : {"", "%", "101%", "1.01", "-1%", "20 %"})
    EXPECT_FALSE(read_share(text)) << text;
}

} // namespace
} // namespace otafleet::scenarios
