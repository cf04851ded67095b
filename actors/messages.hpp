// What actors of a run say to each other. Atoms live here alone: CAF 0.18 declares them in another way.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include "net/transport.hpp"

namespace otafleet::actors {

/// To a device: power on.
using start_atom = caf::atom_constant<caf::atom("start")>;
/// To a device: it has rebooted.
using power_on_atom = caf::atom_constant<caf::atom("powerOn")>;
/// To a device: a wait is over. To the operator: look again.
using wake_atom = caf::atom_constant<caf::atom("wake")>;
/// From the transport: a reply.
using reply_atom = caf::atom_constant<caf::atom("reply")>;
/// To all: finish what is on the wire, start nothing new, quit.
using stop_atom = caf::atom_constant<caf::atom("stop")>;
/// To a fleet: start the devices that are due.
using due_atom = caf::atom_constant<caf::atom("due")>;
/// To a fleet: this file is what its devices are now to run.
using goal_atom = caf::atom_constant<caf::atom("goal")>;

/// To the operator: a fleet's name and actor.
using fleet_atom = caf::atom_constant<caf::atom("fleet")>;
/// From the operator to itself: the next wave of a campaign is due.
using wave_atom = caf::atom_constant<caf::atom("wave")>;
/// To the operator: the scenario's last fault has ended.
using over_atom = caf::atom_constant<caf::atom("over")>;

/// From a device to its fleet.
struct device_news {
  enum class kind { provisioned, provisioning_failed, step_failed, update_reported, update_failed, gone };

  std::uint32_t index = 0;
  kind what{};
  std::string device_id;
  /// The file it runs now (update_reported), or why a step failed.
  std::string text;
  std::string sha256;
  /// It was stopped with a request still open, so the backend may know more than it does.
  bool cut_off = false;
  /// When the poll, or the attempt to provision, began in which this happened.
  std::chrono::steady_clock::time_point cycle_began{};
};

/// From a fleet to whoever plays the faults: a device's step failed.
struct device_failed {
  std::string account;
  /// Of the device, within the run.
  std::uint32_t run_index = 0;
  /// `ExpiredMetadata::targets`, `http-503`, ...
  std::string name;
  std::chrono::steady_clock::time_point cycle_began{};
};

/// From a fleet to the operator.
struct fleet_progress {
  std::string fleet;
  std::uint32_t devices = 0;
  std::uint32_t provisioned = 0;
  std::uint32_t updated = 0;
};

/// A device's own index, and its id once it is provisioned.
struct device_ready {
  std::string fleet;
  std::uint32_t index = 0;
  std::string device_id;
};

} // namespace otafleet::actors

// These never leave the process, so CAF needs not know how to serialise them.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(otafleet::net::reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(otafleet::actors::device_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(otafleet::actors::device_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(otafleet::actors::fleet_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(otafleet::actors::device_ready)
