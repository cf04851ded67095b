#include "actors/run_monitor.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

using namespace std::chrono_literals;
using goal = scenarios::until::goal;

[[nodiscard]] fleet_standing fleet_of(std::uint32_t devices) {
  fleet_standing standing;
  standing.name = "pilot";
  standing.devices = devices;
  return standing;
}

[[nodiscard]] std::optional<run_end> end_now(run_monitor& monitor) {
  return monitor.wait_until(std::chrono::steady_clock::now());
}

TEST(run_monitor, ends_a_provisioning_run_with_the_last_device) {
  run_monitor monitor{{goal::provisioned, 10min}, {fleet_of(2)}, false};
  auto standing = fleet_of(2);
  standing.provisioned = 1;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), std::nullopt);
  standing.provisioned = 2;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), run_end::goal_reached);
}

TEST(run_monitor, waits_for_operations_and_for_every_update_or_its_failure) {
  run_monitor monitor{{goal::updated, 10min}, {fleet_of(3)}, true};
  auto standing = fleet_of(3);
  standing.provisioned = 3;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), std::nullopt);
  monitor.goal_announced("pilot");
  monitor.operations_done();
  standing.goals = 1;
  standing.updated = 2;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), std::nullopt);
  standing.failed = 1;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), run_end::goal_reached);
}

TEST(run_monitor, does_not_end_before_the_fleet_has_heard_of_its_goal) {
  run_monitor monitor{{goal::updated, 10min}, {fleet_of(1)}, true};
  auto standing = fleet_of(1);
  standing.provisioned = 1;
  monitor.set(0, standing);
  monitor.goal_announced("pilot");
  monitor.operations_done();
  EXPECT_EQ(end_now(monitor), std::nullopt);
  standing.goals = 1;
  standing.updated = 1;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), run_end::goal_reached);
  // A second image: what was counted for the first one does not end the run.
  monitor.goal_announced("pilot");
  EXPECT_EQ(end_now(monitor), std::nullopt);
}

TEST(run_monitor, reaches_no_goal_while_faults_are_on) {
  run_monitor monitor{{goal::provisioned, 10min}, {fleet_of(1)}, false, true};
  auto standing = fleet_of(1);
  standing.provisioned = 1;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), std::nullopt);
  monitor.faults_over();
  EXPECT_EQ(end_now(monitor), run_end::goal_reached);
}

TEST(run_monitor, never_reaches_the_goal_of_a_run_that_is_bound_by_time) {
  run_monitor monitor{{goal::time, 10min}, {fleet_of(1)}, false};
  auto standing = fleet_of(1);
  standing.provisioned = 1;
  monitor.set(0, standing);
  EXPECT_EQ(end_now(monitor), std::nullopt);
}

TEST(run_monitor, wakes_the_waiting_thread_on_an_interrupt) {
  run_monitor monitor{{goal::updated, 10min}, {fleet_of(1)}, true};
  std::jthread other{[&] { monitor.interrupt(); }};
  EXPECT_EQ(monitor.wait_until(std::chrono::steady_clock::now() + 1h), run_end::interrupted);
}

TEST(run_monitor, keeps_the_first_operation_that_was_refused) {
  run_monitor monitor{{goal::updated, 10min}, {fleet_of(1)}, true};
  monitor.operation_failed("upload refused");
  monitor.operation_failed("something later");
  EXPECT_EQ(end_now(monitor), run_end::operation_failed);
  EXPECT_EQ(monitor.failed_operation(), "upload refused");
}

} // namespace
} // namespace otafleet::actors
