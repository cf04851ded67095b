#include "telemetry/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(histogram, has_no_figures_without_records) {
  const histogram empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_EQ(empty.quantile(0.99), 0ns);
  EXPECT_EQ(empty.summary().count, 0u);
  EXPECT_EQ(empty.summary().max, 0.0);
}

TEST(histogram, tells_one_record_exactly) {
  histogram one;
  one.record(1234567ns);
  EXPECT_EQ(one.quantile(0.5), 1234567ns);
  EXPECT_EQ(one.quantile(1), 1234567ns);
  EXPECT_DOUBLE_EQ(one.summary().mean, 0.001234567);
}

TEST(histogram, takes_the_rank_that_at_least_the_share_does_not_exceed) {
  histogram four;
  for (const auto value : {10ns, 20ns, 30ns, 40ns})
    four.record(value);
  EXPECT_EQ(four.quantile(0.25), 10ns);
  EXPECT_EQ(four.quantile(0.26), 20ns);
  EXPECT_EQ(four.quantile(0.5), 20ns);
  EXPECT_EQ(four.quantile(0.75), 30ns);
  EXPECT_EQ(four.quantile(0.751), 40ns);
}

TEST(histogram, counts_negative_durations_as_zero) {
  histogram early;
  early.record(-5s);
  EXPECT_EQ(early.count(), 1u);
  EXPECT_EQ(early.quantile(1), 0ns);
}

TEST(histogram, counts_longer_than_its_range_as_the_longest) {
  histogram late;
  late.record(std::chrono::hours{24 * 365});
  EXPECT_GT(late.quantile(1), std::chrono::hours{19});
  EXPECT_LT(late.quantile(1), std::chrono::hours{20});
}

TEST(histogram, is_within_one_percent_of_the_truth_from_a_nanosecond_to_hours) {
  // Against a sorted copy: log-uniform values over 13 decades and the percentiles that reports use.
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> exponent{0.0, 13.8};
  histogram measured;
  std::vector<double> truth;
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::floor(std::pow(10.0, exponent(random)));
    truth.push_back(value);
    measured.record(std::chrono::nanoseconds{static_cast<std::int64_t>(value)});
  }
  std::sort(truth.begin(), truth.end());
  for (const auto q : {0.0001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
    const auto exact = truth[static_cast<std::size_t>(std::ceil(q * 100'000)) - 1];
    EXPECT_NEAR(static_cast<double>(measured.quantile(q).count()), exact, exact * 0.01) << "at " << q;
  }
}

TEST(histogram, is_within_one_percent_at_both_edges_of_every_bucket) {
  for (int shift = 0; shift < 46; ++shift) {
    for (const auto value : {(std::int64_t{1} << shift), (std::int64_t{1} << shift) + (std::int64_t{1} << shift) / 3,
                             (std::int64_t{2} << shift) - 1}) {
      histogram measured;
      measured.record(std::chrono::nanoseconds{value});
      measured.record(24h); // so that the longest record does not make the answer exact
      const auto exact = static_cast<double>(value);
      EXPECT_NEAR(static_cast<double>(measured.quantile(0.5).count()), exact, exact * 0.01) << value;
    }
  }
}

TEST(histogram, loses_no_record_of_many_threads) {
  histogram shared;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&shared, t] {
      for (int i = 0; i < 20'000; ++i)
        shared.record(std::chrono::microseconds{t + 1});
    });
  std::uint64_t seen = 0;
  while (seen < 80'000) {
    const auto now = shared.summary();
    ASSERT_GE(now.count, seen);
    seen = now.count;
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(shared.count(), 80'000u);
  EXPECT_DOUBLE_EQ(shared.summary().max, 4e-6);
  EXPECT_NEAR(shared.summary().mean, 2.5e-6, 1e-12);
}

} // namespace
} // namespace otafleet::telemetry
