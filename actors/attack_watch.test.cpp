#include "actors/attack_watch.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

using namespace std::chrono_literals;

const attack_watch::clock::time_point start{1h};

[[nodiscard]] scenarios::scenario two_attacks_on_three_devices() {
  scenarios::scenario plan;
  scenarios::fleet fleet;
  fleet.account = "qa";
  fleet.devices = 2;
  plan.fleets.push_back(fleet);
  fleet.account = "production";
  fleet.devices = 1;
  plan.fleets.push_back(fleet);
  plan.attacks = {{"freeze", "qa", {}, {}}, {"endless-data", "qa", {}, {}}};
  return plan;
}

class a_watch : public testing::Test {
protected:
  const scenarios::scenario plan = two_attacks_on_three_devices();
  attack_watch watch{plan};
};

TEST_F(a_watch, counts_each_device_once_and_each_name_by_devices) {
  watch.began(0, start);
  EXPECT_EQ(watch.failed("qa", 0, "ExpiredMetadata::targets", start + 1s), 0u);
  EXPECT_EQ(watch.failed("qa", 0, "ExpiredMetadata::targets", start + 2s), std::nullopt);
  EXPECT_EQ(watch.failed("qa", 0, "UnmetThreshold::root", start + 3s), std::nullopt);
  EXPECT_FALSE(watch.is_answered(0, 0));
  EXPECT_EQ(watch.failed("qa", 1, "ExpiredMetadata::targets", start + 3s), 0u);
  EXPECT_TRUE(watch.is_answered(0, 0));
  const auto found = watch.results().at(0);
  EXPECT_EQ(found.refused, 2u);
  EXPECT_EQ(found.names,
            (std::map<std::string, std::uint64_t>{{"ExpiredMetadata::targets", 2}, {"UnmetThreshold::root", 1}}));
  EXPECT_EQ(watch.results().at(1).refused, 0u);
}

TEST_F(a_watch, does_not_take_a_late_refusal_of_one_attack_for_one_of_the_next) {
  watch.began(0, start);
  EXPECT_EQ(watch.failed("qa", 0, "ExpiredMetadata::targets", start), 0u);
  watch.ended(0);
  watch.began(1, start + 10s);
  EXPECT_EQ(watch.failed("qa", 0, "ExpiredMetadata::targets", start + 9s), std::nullopt);
  EXPECT_EQ(watch.failed("qa", 0, "ExpiredMetadata::targets", start + 10s), 1u);
}

TEST_F(a_watch, takes_a_name_that_is_new_for_the_attack_that_is_on) {
  watch.began(0, start);
  EXPECT_EQ(watch.failed("qa", 0, "ExpiredMetadata::targets", start), 0u);
  watch.ended(0);
  watch.began(1, start + 10s);
  // The image was fetched under the second attack, in a cycle that began under the first; the device reports it, and
  // there is nothing left that it could refuse again.
  EXPECT_EQ(watch.failed("qa", 0, "TargetHashMismatch", start + 9s), 1u);
}

TEST_F(a_watch, leaves_out_what_comes_when_no_attack_is_on) {
  EXPECT_EQ(watch.failed("qa", 0, "BadKeyId::targets", start), std::nullopt);
  watch.began(0, start);
  watch.ended(0);
  EXPECT_EQ(watch.failed("qa", 0, "BadKeyId::targets", start), std::nullopt);
}

TEST_F(a_watch, leaves_out_devices_of_other_accounts) {
  watch.began(0, start);
  EXPECT_EQ(watch.failed("production", 2, "BadKeyId::targets", start), std::nullopt);
}

TEST_F(a_watch, takes_an_accepted_attack_for_an_answer) {
  watch.began(0, start);
  static_cast<void>(watch.failed("qa", 0, "BadKeyId::targets", start));
  EXPECT_FALSE(watch.is_answered(0, 0));
  EXPECT_TRUE(watch.is_answered(0, 1));
}

TEST_F(a_watch, does_not_take_trouble_on_the_way_for_a_refusal) {
  watch.began(0, start);
  for (const auto* name : {"timeout", "http-503", "", "MetadataFetchFailure::targets"})
    EXPECT_EQ(watch.failed("qa", 0, name, start), std::nullopt) << name;
  watch.ended(0);
  watch.began(1, start);
  EXPECT_EQ(watch.failed("qa", 0, "MetadataFetchFailure::targets", start), 1u);
}

TEST_F(a_watch, collects_64_names_and_calls_the_rest_other) {
  watch.began(0, start);
  for (int i = 0; i != 100; ++i)
    static_cast<void>(watch.failed("qa", 1, "X" + std::to_string(i), start));
  EXPECT_EQ(watch.results().at(0).names.size(), 65u);
  EXPECT_EQ(watch.results().at(0).names.at("other"), 1u);
}

} // namespace
} // namespace otafleet::actors
