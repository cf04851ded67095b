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

TEST(verdict, is_an_accepted_attack_with_6) {
  auto run = good_run();
  run.attacks = {{"qa", "rollback", 9, 3, 1, 2, {}}};
  judge(run, {}, run_end::goal_reached);
  EXPECT_EQ(run.outcome, verdict::fail);
  EXPECT_EQ(run.exit_code, 6);
  ASSERT_EQ(run.reasons.size(), 1u);
  EXPECT_EQ(run.reasons[0], "1 device of account qa accepted the attack rollback");
}

TEST(verdict, leaves_an_accepted_attack_to_a_threshold_that_allows_it) {
  scenarios::scenario plan;
  scenarios::threshold allowed = no_failed_devices();
  allowed.name = "attacks.accepted";
  allowed.compare = scenarios::threshold::comparison::less_equal;
  for (const int bound : {0, 1}) {
    auto run = good_run();
    run.attacks = {{"qa", "rollback", 9, 3, 1, 2, {}}};
    allowed.bound = bound;
    plan.thresholds = {allowed};
    judge(run, plan, run_end::goal_reached);
    EXPECT_EQ(run.exit_code, bound == 1 ? 0 : 6);
  }
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

TEST(stated_setup, says_what_a_fleet_has_that_others_have_not) {
  scenarios::scenario plan;
  scenarios::fleet fleet;
  fleet.name = "vans";
  fleet.devices = 5;
  fleet.client = "strict";
  fleet.provisioned_by = scenarios::provisioning::device_credentials;
  fleet.install_fails = 0.01;
  fleet.secondaries = {{"lamp", scenarios::uptane_key_type::ed25519, 0.5}};
  plan.fleets = {fleet};
  EXPECT_EQ(stated_setup(plan).at(0),
            "fleet vans: 5 devices, client strict (the Uptane Standard where the real client is laxer), delivered with "
            "certificates, Uptane keys rsa-2048, polls 10.00 s apart, installs at once, no reboot, 1% of the "
            "installations fail, secondaries lamp (ed25519, 50% of its installations fail)");
}

} // namespace
} // namespace otafleet::actors
