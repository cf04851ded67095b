// Starts a fleet's devices when they are due and keeps the record of each.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/device_actor.hpp"
#include "actors/device_mint.hpp"
#include "actors/run_monitor.hpp"
#include "actors/start_schedule.hpp"

namespace otafleet::actors {

/// What became of one device, as the device itself knows it.
struct device_record {
  std::string device_id;
  bool started = false;
  bool provisioned = false;
  /// The image whose installation it has reported, and the backend has acknowledged; empty before the first.
  std::string reported_filename;
  std::string reported_sha256;
  std::uint32_t updates_reported = 0;
  std::uint32_t updates_failed = 0;
  std::uint32_t provisioning_failures = 0;
  /// Steps that failed and were tried again: polls, downloads, reports.
  std::uint32_t failed_steps = 0;
  std::string last_failure;
  /// Stopped in the middle of a request; what the backend believes of it is not judged.
  bool cut_off = false;
};

struct fleet_plan {
  std::string account;
  /// Position in the run, for `run_monitor`.
  std::size_t number = 0;
  std::uint32_t devices = 0;
  /// Run-wide index of its first device.
  std::uint32_t first_run_index = 0;
  start_schedule schedule;
  std::chrono::steady_clock::time_point run_start;
  /// Makes the certificates that devices are delivered with; null where they get theirs from the backend.
  std::shared_ptr<const device_mint> mint;
};

/// Spawns the fleet. It sends `fleet_progress` and `device_ready` to `operator_of_run`, and `fleet_progress` and
/// `device_failed` to `faults`, which may be no actor. It takes `goal_atom` with a file name and whether that is for
/// the primaries, and on `stop_atom` stops its devices and then delivers their records, in order, through `records`.
[[nodiscard]] caf::actor spawn_fleet(caf::actor_system& system, const fleet_context& shared, const fleet_plan& plan,
                                     run_monitor& monitor, caf::actor operator_of_run, caf::actor faults,
                                     std::promise<std::vector<device_record>> records);

} // namespace otafleet::actors
