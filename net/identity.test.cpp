#include "net/identity.hpp"

#include <gtest/gtest.h>

#include "net/leaf_cache.hpp"
#include "net/test_fleet.hpp"

namespace otafleet::net {
namespace {

TEST(trust_store, needs_an_authority) {
  EXPECT_EQ(trust_store::make({}).error(), "without an authority no server can be trusted");
}

TEST(identity, has_a_serial_of_its_own) {
  const test_fleet fleet;
  const auto one = fleet.identity_named("device-1");
  const auto again = fleet.identity_named("device-1");
  EXPECT_NE(one->serial(), 0U);
  EXPECT_NE(one->serial(), again->serial());
}

TEST(identity, of_nobody_is_one_for_all) {
  EXPECT_EQ(identity::nobody(), identity::nobody());
  EXPECT_FALSE(identity::nobody()->has_certificate());
  EXPECT_TRUE(identity::nobody()->leaf_der().empty());
  EXPECT_NE(identity::nobody()->serial(), 0U);
}

TEST(leaf_cache, parses_once) {
  const test_fleet fleet;
  const auto who = fleet.identity_named("device-1");
  leaf_cache cache{2};
  const auto* parsed = cache.find(*who);
  ASSERT_NE(parsed, nullptr);
  EXPECT_EQ(cache.find(*who), parsed);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(leaf_cache, drops_the_one_that_has_been_silent_longest) {
  const test_fleet fleet;
  const auto first = fleet.identity_named("device-1");
  const auto second = fleet.identity_named("device-2");
  const auto third = fleet.identity_named("device-3");
  leaf_cache cache{2};
  const auto* kept = cache.find(*first);
  static_cast<void>(cache.find(*second));
  static_cast<void>(cache.find(*first));
  static_cast<void>(cache.find(*third)); // drops the second
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.find(*first), kept);
}

} // namespace
} // namespace otafleet::net
