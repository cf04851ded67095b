#include "uptane/vehicle.hpp"

#include <gtest/gtest.h>

#include "uptane/test_repository.hpp"

namespace otafleet::uptane {
namespace {

using testing::director_target;
using testing::image_target;

targets listing(std::vector<target> list) {
  targets result;
  result.list = std::move(list);
  return result;
}

std::vector<ecu> vehicle() {
  return {{"primary", "hw-1", true, std::nullopt}, {"secondary", "hw-2", false, std::nullopt}};
}

std::string outcome(const tl::expected<std::vector<target>, failure>& of) {
  return of ? std::to_string(of->size()) + " new" : of.error().name();
}

TEST(new_targets, are_those_that_an_ecu_does_not_run) {
  const auto result =
      new_targets(listing({director_target("a", 1, "primary", "hw-1"), director_target("b", 2, "secondary", "hw-2")}),
                  vehicle(), false);
  ASSERT_EQ(outcome(result), "2 new");
  EXPECT_EQ(result->front().filename, "a");
}

TEST(new_targets, are_none_when_all_is_installed) {
  auto cars = vehicle();
  cars[0].installed = director_target("a", 1, "primary", "hw-1");
  EXPECT_EQ(outcome(new_targets(listing({*cars[0].installed}), cars, false)), "0 new");
  EXPECT_EQ(outcome(new_targets(listing({}), cars, false)), "0 new");
}

TEST(new_targets, replace_an_image_of_another_name) {
  auto cars = vehicle();
  cars[0].installed = director_target("a", 1, "primary", "hw-1");
  EXPECT_EQ(outcome(new_targets(listing({director_target("b", 1, "primary", "hw-1")}), cars, false)), "1 new");
}

TEST(new_targets, count_once_when_only_one_of_two_ecus_runs_it) {
  auto both = director_target("a", 1, "primary", "hw-1");
  both.ecus["secondary"] = "hw-2";
  auto cars = vehicle();
  cars[0].installed = both;
  EXPECT_EQ(outcome(new_targets(listing({both}), cars, false)), "1 new");
}

TEST(step_e1, refuses_an_ecu_that_the_vehicle_has_not) {
  EXPECT_EQ(outcome(new_targets(listing({director_target("a", 1, "other", "hw-1")}), vehicle(), false)), "BadEcuId");
}

TEST(step_e2, refuses_hardware_that_is_not_the_ecus) {
  EXPECT_EQ(outcome(new_targets(listing({director_target("a", 1, "primary", "hw-2")}), vehicle(), false)),
            "BadHardwareId");
}

TEST(step_e2, is_judged_for_every_target_even_behind_one_that_is_installed) {
  auto cars = vehicle();
  cars[0].installed = director_target("a", 1, "primary", "hw-1");
  EXPECT_EQ(
      outcome(new_targets(listing({*cars[0].installed, director_target("b", 2, "secondary", "hw-1")}), cars, false)),
      "BadHardwareId");
}

TEST(step_e3, refuses_other_content_under_the_installed_name) {
  auto cars = vehicle();
  cars[0].installed = director_target("a", 1, "primary", "hw-1");
  EXPECT_EQ(outcome(new_targets(listing({director_target("a", 2, "primary", "hw-1")}), cars, false)),
            "TargetContentMismatch");
  auto relisted = *cars[0].installed;
  relisted.ecus["secondary"] = "hw-2";
  EXPECT_EQ(outcome(new_targets(listing({relisted}), cars, false)), "TargetContentMismatch");
}

TEST(step_e4, wants_ostree_for_a_primary_on_ostree_only) {
  EXPECT_EQ(outcome(new_targets(listing({director_target("a", 1, "primary", "hw-1")}), vehicle(), true)),
            "InvalidTarget");
  EXPECT_EQ(outcome(new_targets(listing({director_target("a", 1, "secondary", "hw-2")}), vehicle(), true)), "1 new");
  auto tree = director_target("a", 0, "primary", "hw-1");
  tree.format = "OSTREE";
  EXPECT_EQ(outcome(new_targets(listing({tree}), vehicle(), true)), "1 new");
}

} // namespace
} // namespace otafleet::uptane
