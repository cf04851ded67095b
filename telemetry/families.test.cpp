#include "telemetry/families.hpp"

#include <cctype>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

TEST(families, are_each_named_once_by_the_rules_of_prometheus) {
  std::set<std::string_view> names;
  for (const auto& family : all_families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name << " twice";
    EXPECT_TRUE(family.name.starts_with("otafleet_")) << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.kind == metric_kind::counter) << family.name;
    EXPECT_EQ(family.name.ends_with("_seconds"), family.kind == metric_kind::histogram) << family.name;
    EXPECT_EQ(family.name.starts_with("otafleet_stub_"), family.owner == metric_owner::stub) << family.name;
    EXPECT_TRUE(family.help.ends_with('.')) << family.name;
  }
}

TEST(families, never_carry_a_label_that_grows_with_the_fleet) {
  for (const auto& family : all_families())
    for (const auto* forbidden : {"device", "serial", "url", "image"})
      EXPECT_EQ(family.labels.find(forbidden), std::string_view::npos) << family.name;
}

TEST(families, all_stand_in_the_documentation_with_their_labels) {
  const auto text = families_markdown();
  for (const auto& family : all_families())
    EXPECT_NE(text.find("| `" + std::string{family.name} + "` | "), std::string::npos) << family.name;
  EXPECT_NE(text.find("| `otafleet_http_request_duration_seconds` | histogram | `endpoint` `code` |"),
            std::string::npos);
}

TEST(families, end_the_program_over_a_name_that_is_not_listed) {
  EXPECT_EQ(family_named("otafleet_devices").kind, metric_kind::gauge);
  EXPECT_DEATH((void)family_named("otafleet_devcies"), "no metric family is called otafleet_devcies");
}

} // namespace
} // namespace otafleet::telemetry
