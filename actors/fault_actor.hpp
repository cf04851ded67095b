// What goes wrong in a scenario: switches attacks on and off at the embedded backend and keeps the record of who
// refused them.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/operator_api.hpp"
#include "actors/run_monitor.hpp"
#include "net/transport.hpp"
#include "scenarios/model.hpp"
#include "telemetry/fleet_metrics.hpp"
#include "telemetry/results.hpp"

namespace otafleet::actors {

struct fault_setup {
  const scenarios::scenario& plan;
  /// By account.
  std::map<std::string, operator_access> access;
  net::transport& transport;
  run_monitor& monitor;
  telemetry::fleet_metrics& metrics;
  std::chrono::steady_clock::time_point run_start;
  /// Told of what is being done, for the log: `attack on development: rollback`.
  std::function<void(const std::string& sentence)> on_step;
};

/// Spawns it. Attacks of one account follow each other without a pause where the next one's moment has come, so that
/// devices see nothing genuine in between. When the last one has ended it tells the monitor, and sends `over_atom` to
/// `operator_of_run`. Fleets send it `device_failed` and `fleet_progress`. Send it `start_atom`; on `stop_atom` it
/// delivers what it saw through `results` and quits.
[[nodiscard]] caf::actor spawn_faults(caf::actor_system& system, fault_setup setup, caf::actor operator_of_run,
                                      std::promise<std::vector<telemetry::attack_result>> results);

} // namespace otafleet::actors
