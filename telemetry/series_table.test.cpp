#include "telemetry/series_table.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

using counted = std::unique_ptr<std::atomic<int>>;

const auto fresh = [](const auto&) { return std::make_unique<std::atomic<int>>(0); };

TEST(series_table, makes_a_series_once_and_finds_it_again) {
  series_table<counted, 2> table{8};
  int made = 0;
  const auto make = [&](const auto& labels) {
    ++made;
    return fresh(labels);
  };
  auto& first = table.at({"devices", "200"}, make);
  EXPECT_EQ(&table.at({"devices", "200"}, make), &first);
  EXPECT_NE(&table.at({"devices", "500"}, make), &first);
  EXPECT_EQ(made, 2);
}

TEST(series_table, does_not_mistake_a_boundary_between_labels) {
  series_table<counted, 2> table{8};
  EXPECT_NE(&table.at({"ab", "c"}, fresh), &table.at({"a", "bc"}, fresh));
}

TEST(series_table, counts_what_is_beyond_the_limit_as_other) {
  series_table<counted, 1> table{3};
  for (int i = 0; i < 1000; ++i)
    ++*table.at({std::to_string(i)}, fresh);
  std::vector<std::pair<std::string, int>> seen;
  table.for_each([&](const auto& labels, const counted& series) { seen.emplace_back(labels[0], *series); });
  const std::vector<std::pair<std::string, int>> expected{{"0", 1}, {"1", 1}, {"2", 1}, {"other", 997}};
  EXPECT_EQ(seen, expected);
}

TEST(series_table, exposes_no_unprintable_and_no_endless_label) {
  EXPECT_EQ(label_text("tls-handshake"), "tls-handshake");
  EXPECT_EQ(label_text("a\nb\xff"), "a?b?");
  EXPECT_EQ(label_text(std::string(1000, 'x')), std::string(64, 'x'));
}

TEST(series_table, gives_all_threads_the_same_series) {
  series_table<counted, 1> table{16};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&table] {
      for (int i = 0; i < 16'000; ++i)
        ++*table.at({std::to_string(i % 16)}, fresh);
    });
  for (auto& thread : threads)
    thread.join();
  int series_seen = 0;
  table.for_each([&](const auto&, const counted& series) {
    ++series_seen;
    EXPECT_EQ(*series, 4'000);
  });
  EXPECT_EQ(series_seen, 16);
}

} // namespace
} // namespace otafleet::telemetry
