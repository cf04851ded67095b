#include "server-stub/counter_ledger.hpp"

#include <gtest/gtest.h>

namespace otafleet::stub {
namespace {

TEST(counter_ledger, remembers_numbers_in_any_order) {
  counter_ledger ledger;
  for (const std::uint64_t number : {5, 1, 3, 2, 4, 9})
    ledger.enter(number);
  for (const std::uint64_t number : {1, 2, 3, 4, 5, 9})
    EXPECT_TRUE(ledger.contains(number)) << number;
  for (const std::uint64_t number : {0, 6, 8, 10})
    EXPECT_FALSE(ledger.contains(number)) << number;
}

TEST(counter_ledger, has_room_at_both_ends) {
  counter_ledger ledger;
  ledger.enter(UINT64_MAX);
  ledger.enter(0);
  EXPECT_TRUE(ledger.contains(UINT64_MAX));
  EXPECT_TRUE(ledger.contains(0));
  EXPECT_FALSE(ledger.contains(1));
  EXPECT_FALSE(ledger.contains(UINT64_MAX - 1));
  ledger.enter(UINT64_MAX - 1);
  EXPECT_TRUE(ledger.contains(UINT64_MAX - 1));
}

TEST(counter_ledger, fills_the_lowest_gap_when_there_are_too_many) {
  counter_ledger ledger;
  for (std::uint64_t at = 0; at <= counter_ledger::max_ranges; ++at)
    ledger.enter(10 * at);
  EXPECT_TRUE(ledger.contains(5)) << "between the two lowest";
  EXPECT_FALSE(ledger.contains(15));
  EXPECT_FALSE(ledger.contains(10 * counter_ledger::max_ranges - 5));
}

} // namespace
} // namespace otafleet::stub
