// The people and pipelines of a scenario: uploads images, assigns them to fleets and rotates keys when their moment has
// come.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <caf/fwd.hpp>

#include "actors/operator_api.hpp"
#include "actors/run_monitor.hpp"
#include "net/transport.hpp"
#include "scenarios/model.hpp"

namespace otafleet::actors {

struct operator_setup {
  const scenarios::scenario& plan;
  /// By account; an account without an entry has no operations.
  std::map<std::string, operator_access> access;
  net::transport& transport;
  run_monitor& monitor;
  std::chrono::steady_clock::time_point run_start;
  /// Told of every device that the backend has assigned an image to; called on an actor's thread.
  std::function<void(std::uint64_t devices)> on_assigned;
  /// Told of what is being done, for the log: `upload gw-fw-1 to development`.
  std::function<void(const std::string& sentence)> on_step;
};

/// Spawns the operator. It carries out the scenario's operations in their order and tells the monitor when the last one
/// is done, or that one was refused. An assignment also covers devices of its share that provision later: the operator
/// assigns them as they come. Send it `(fleet_atom, name, actor)` for each fleet before the run starts, and
/// `start_atom`; and `over_atom` when the scenario's faults have ended.
[[nodiscard]] caf::actor spawn_operator(caf::actor_system& system, operator_setup setup);

} // namespace otafleet::actors
