// The end of a run: asks the backend what it believes and holds it against what the devices did (design section 3, rule
// 5).
#pragma once

#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "actors/fleet_actor.hpp"
#include "actors/operator_api.hpp"
#include "actors/target.hpp"
#include "net/transport.hpp"
#include "scenarios/model.hpp"
#include "telemetry/fleet_metrics.hpp"
#include "telemetry/results.hpp"

namespace otafleet::actors {

/// Blocks while it asks. Everything it is made of must outlive it.
class comparison {
public:
  /// `records` are by fleet, in the order of the scenario.
  comparison(net::transport& network, const scenarios::scenario& plan, const target& backend,
             const std::vector<std::vector<device_record>>& records, telemetry::fleet_metrics& metrics) noexcept
      : network_(network), plan_(plan), backend_(backend), records_(records), metrics_(metrics) {}

  /// Identities, attacks and every device; fails with a sentence when the backend does not answer.
  [[nodiscard]] tl::expected<void, std::string> with_embedded_stub(telemetry::results& run) const;

  /// Only another embedded backend of ours can say what it believes of each device; the report says which accounts were
  /// compared.
  void with_live_backend(telemetry::results& run) const;

private:
  void take_in_attacks(const std::map<std::string, std::map<std::string, attack_counts>>& counted,
                       telemetry::results& run) const;
  [[nodiscard]] tl::expected<void, std::string> compare_devices(telemetry::results& run, const std::string& account,
                                                                const operator_access& access, bool has_others) const;

  net::transport& network_;
  const scenarios::scenario& plan_;
  const target& backend_;
  const std::vector<std::vector<device_record>>& records_;
  telemetry::fleet_metrics& metrics_;
};

} // namespace otafleet::actors
