#include "uptane/vehicle.hpp"

#include <algorithm>

namespace otafleet::uptane {
namespace {

failure against(failure_code code, repository repo, std::string detail) {
  return failure{code, repo, std::nullopt, std::move(detail)};
}

/// Steps E1 to E4 for one ECU of one target: whether the target is news to it.
tl::expected<bool, failure> is_news(const target& wanted, const std::string& serial, const std::string& hardware_id,
                                    std::span<const ecu> vehicle, bool primary_takes_ostree) {
  const auto found = std::find_if(vehicle.begin(), vehicle.end(), [&](const ecu& one) { return one.serial == serial; });
  if (found == vehicle.end())
    return tl::unexpected(
        against(failure_code::bad_ecu_id, repository::director,
                "target " + wanted.filename + " is for ECU " + serial + ", which this vehicle has not"));
  if (found->hardware_id != hardware_id)
    return tl::unexpected(against(failure_code::bad_hardware_id, repository::director,
                                  "target " + wanted.filename + " is for hardware " + hardware_id + ", but ECU " +
                                      serial + " is " + found->hardware_id));
  const bool installed = found->installed && matches(*found->installed, wanted);
  if (!installed && found->installed && found->installed->filename == wanted.filename)
    return tl::unexpected(against(failure_code::target_content_mismatch, repository::director,
                                  "ECU " + serial + " already runs another image of the name " + wanted.filename));
  if (found->is_primary && primary_takes_ostree && !wanted.is_ostree())
    return tl::unexpected(against(failure_code::invalid_target, repository::director,
                                  "the primary takes OSTree targets only, and " + wanted.filename + " is none"));
  return !installed;
}

} // namespace

tl::expected<std::vector<target>, failure> new_targets(const targets& director, std::span<const ecu> vehicle,
                                                       bool primary_takes_ostree) {
  std::vector<target> result;
  for (const auto& wanted : director.list) {
    bool news = false;
    for (const auto& [serial, hardware_id] : wanted.ecus) {
      const auto one = is_news(wanted, serial, hardware_id, vehicle, primary_takes_ostree);
      if (!one)
        return tl::unexpected(one.error());
      news = news || *one;
    }
    if (news)
      result.push_back(wanted);
  }
  return result;
}

} // namespace otafleet::uptane
