#include "actors/verdict.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

using telemetry::results;
using telemetry::verdict;

[[nodiscard]] results good_run() {
  results run;
  run.devices.total = run.devices.provisioned = 10;
  run.updates.assigned = run.updates.installed = 10;
  run.measured.provisioned = 10;
  return run;
}

[[nodiscard]] scenarios::threshold no_failed_devices() {
  scenarios::threshold threshold;
  threshold.name = "devices.failed";
  threshold.expression = "== 0";
  threshold.compare = scenarios::threshold::comparison::equal;
  threshold.bound = 0;
  return threshold;
}

TEST(verdict, passes_a_run_on_which_everything_holds) {
  auto run = good_run();
  scenarios::scenario plan;
  plan.thresholds = {no_failed_devices()};
  judge(run, plan, run_end::goal_reached);
  EXPECT_EQ(run.outcome, verdict::pass);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_TRUE(run.reasons.empty());
}

TEST(verdict, is_a_failed_threshold_with_3) {
  auto run = good_run();
  run.devices.failed = 1;
  scenarios::scenario plan;
  plan.thresholds = {no_failed_devices()};
  judge(run, plan, run_end::goal_reached);
  EXPECT_EQ(run.outcome, verdict::fail);
  EXPECT_EQ(run.exit_code, 3);
}

TEST(verdict, is_invalid_with_4_when_identities_were_mixed_whatever_else_failed) {
  auto run = good_run();
  run.identity.mismatches = 1;
  run.discrepancy_count = 1;
  run.devices.failed = 1;
  scenarios::scenario plan;
  plan.thresholds = {no_failed_devices()};
  judge(run, plan, run_end::goal_reached);
  EXPECT_EQ(run.outcome, verdict::invalid);
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_EQ(run.reasons.size(), 3u);
}

TEST(verdict, is_invalid_with_4_when_devices_started_late) {
  auto run = good_run();
  run.measured.schedule_lag.p99 = 1.5;
  judge(run, {}, run_end::goal_reached);
  EXPECT_EQ(run.exit_code, 4);
}

TEST(verdict, is_invalid_with_4_when_requests_were_never_sent) {
  auto run = good_run();
  run.generator.shed = 1;
  judge(run, {}, run_end::goal_reached);
  EXPECT_EQ(run.exit_code, 4);
}

TEST(verdict, is_a_difference_with_6_before_a_threshold) {
  auto run = good_run();
  run.discrepancy_count = 2;
  run.devices.failed = 1;
  scenarios::scenario plan;
  plan.thresholds = {no_failed_devices()};
  judge(run, plan, run_end::goal_reached);
  EXPECT_EQ(run.exit_code, 6);
}

TEST(verdict, says_how_many_devices_are_missing_when_time_is_over) {
  auto run = good_run();
  run.devices.provisioned = 7;
  judge(run, {}, run_end::time_over);
  EXPECT_EQ(run.exit_code, 3);
  ASSERT_EQ(run.reasons.size(), 1u);
  EXPECT_NE(run.reasons[0].find("3 of 10 devices are not provisioned"), std::string::npos) << run.reasons[0];
}

TEST(verdict, does_not_call_the_end_of_a_timed_run_a_failure) {
  auto run = good_run();
  scenarios::scenario plan;
  plan.end.all = scenarios::until::goal::time;
  judge(run, plan, run_end::time_over);
  EXPECT_EQ(run.exit_code, 0);
}

TEST(verdict, is_130_for_an_interrupted_run) {
  auto run = good_run();
  judge(run, {}, run_end::interrupted);
  EXPECT_EQ(run.exit_code, 130);
  EXPECT_TRUE(run.interrupted);
}

} // namespace
} // namespace otafleet::actors
