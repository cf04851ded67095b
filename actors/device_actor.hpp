// The actor that hosts one device machine: it carries out effects and brings back what came of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include "actors/trust_cache.hpp"
#include "device/settings.hpp"
#include "net/transport.hpp"
#include "telemetry/fleet_metrics.hpp"
#include "uptane/document_pool.hpp"
#include "uptane/probe.hpp"

namespace otafleet::actors {

/// What the devices of one fleet share. Must outlive its actors; everything in it is immutable or thread safe.
struct fleet_context {
  std::string name;
  device::settings settings;
  net::connection_policy connection = net::connection_policy::fresh;
  /// The account's provisioning credential; null where devices come with their own.
  std::shared_ptr<const net::identity> provisioning_identity;
  /// Adds `X-Otafleet-Device` to each request, by which our own backend checks on every one that identity and device
  /// belong together. The only thing on the wire that a real client does not send; never sent to a live backend.
  bool mark_requests = false;
  std::uint64_t seed = 0;

  net::transport& transport;
  telemetry::fleet_metrics& metrics;
  uptane::document_pool& pool;
  uptane::probe& probe;
  trust_cache& trust;
};

/// Where a device stands in the run.
struct device_place {
  /// Within its fleet.
  std::uint32_t index = 0;
  /// Within the run; also the transport's and the seed's.
  std::uint32_t run_index = 0;
  std::chrono::steady_clock::time_point intended_start;
  /// For `provisioning_mode::device_credentials`, else empty and null: the certificate that the device left the factory
  /// with, and its common name.
  std::string device_id;
  std::shared_ptr<const net::identity> identity;
};

/// Spawns a device that starts at once and tells `fleet` of its milestones (`device_news`).
[[nodiscard]] caf::actor spawn_device(caf::actor_system& system, const fleet_context& shared, device_place place,
                                      caf::actor fleet);

} // namespace otafleet::actors
