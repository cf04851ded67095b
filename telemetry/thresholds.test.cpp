#include "telemetry/thresholds.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

[[nodiscard]] threshold about(std::string name, std::string statistic, comparison compare, double bound) {
  return {std::move(name), "", std::move(statistic), compare, bound};
}

TEST(thresholds, compare_a_percentile_with_its_bound) {
  results run;
  run.measured.provisioning_response.count = 100;
  run.measured.provisioning_response.p99 = 1.5;
  EXPECT_TRUE(evaluate(about("provisioning.response", "p99", comparison::less, 2), run).ok);
  EXPECT_FALSE(evaluate(about("provisioning.response", "p99", comparison::less, 1.5), run).ok);
  EXPECT_TRUE(evaluate(about("provisioning.response", "p99", comparison::less_equal, 1.5), run).ok);
}

TEST(thresholds, do_not_hold_without_samples) {
  const results empty;
  for (const auto& one : known_measures()) {
    if (one.unit == measure_unit::number)
      continue; // none failed is a fact even when nothing ran
    for (const auto compare : {comparison::less, comparison::greater_equal}) {
      const auto result = evaluate(about(std::string{one.name}, "p99", compare, 0), empty);
      EXPECT_FALSE(result.ok) << one.name;
      EXPECT_TRUE(std::isnan(result.value)) << one.name;
    }
  }
}

TEST(thresholds, know_every_measure_that_they_list) {
  results run;
  run.devices.total = run.devices.provisioned = run.updates.assigned = run.updates.installed = 4;
  run.provisioning_rate_per_second = 3;
  run.measured.http_answers["manifest/200"] = 1;
  run.attacks.push_back({"qa", "rollback", 1, 1, 0, 1, {}});
  for (auto* times : {&run.measured.provisioning_response, &run.measured.provisioning_service, &run.measured.updates,
                      &run.measured.http, &run.measured.signature_checks, &run.measured.metadata_verification,
                      &run.measured.schedule_lag})
    times->count = 1;
  for (const auto& one : known_measures())
    EXPECT_FALSE(std::isnan(evaluate(about(std::string{one.name}, "max", comparison::less, 1), run).value)) << one.name;
}

TEST(thresholds, add_up_what_devices_made_of_all_attacks) {
  results run;
  run.attacks = {{"qa", "rollback", 500, 200, 0, 200, {}}, {"qa", "freeze", 300, 200, 3, 197, {}}};
  EXPECT_DOUBLE_EQ(evaluate(about("attacks.accepted", "", comparison::equal, 3), run).value, 3);
  EXPECT_DOUBLE_EQ(evaluate(about("attacks.refused", "", comparison::equal, 397), run).value, 397);
}

TEST(thresholds, take_no_attack_for_refused_that_was_never_served) {
  results run;
  EXPECT_FALSE(evaluate(about("attacks.accepted", "", comparison::equal, 0), run).ok);
  run.attacks = {{"qa", "rollback", 500, 200, 0, 200, {}}, {"qa", "freeze", 0, 0, 0, 0, {}}};
  EXPECT_FALSE(evaluate(about("attacks.accepted", "", comparison::equal, 0), run).ok);
}

TEST(thresholds, take_success_as_a_share_of_what_was_assigned) {
  results run;
  run.updates.assigned = 200;
  run.updates.installed = 197;
  EXPECT_TRUE(evaluate(about("updates.success", "", comparison::greater_equal, 0.98), run).ok);
  EXPECT_FALSE(evaluate(about("updates.success", "", comparison::greater_equal, 0.99), run).ok);
}

TEST(thresholds, do_not_take_the_missing_next_root_for_a_failed_request) {
  results run;
  run.measured.http_answers = {
      {"director_root/404", 50}, {"manifest/200", 38}, {"manifest/503", 6}, {"image/timeout", 4}, {"image/404", 2}};
  EXPECT_DOUBLE_EQ(evaluate(about("http.failures", "", comparison::less, 1), run).value, 0.12);
}

} // namespace
} // namespace otafleet::telemetry
