#include "actors/attack_watch.hpp"

#include <algorithm>

namespace otafleet::actors {

namespace {

/// Names are the device's own, but a long run must not collect them without end.
constexpr std::size_t most_names = 64;
constexpr const char* other_name = "other";

} // namespace

bool is_refusal(std::string_view attack_kind, std::string_view failure_name) noexcept {
  if (failure_name.starts_with("MetadataFetchFailure"))
    return attack_kind == "endless-data";
  return !failure_name.empty() && failure_name.front() >= 'A' && failure_name.front() <= 'Z';
}

attack_watch::attack_watch(const scenarios::scenario& plan) : attacks_(plan.attacks), records_(plan.attacks.size()) {
  for (const auto& fleet : plan.fleets) {
    devices_[fleet.account] += fleet.devices;
    all_devices_ += fleet.devices;
  }
}

void attack_watch::began(std::size_t attack, clock::time_point when) {
  records_.at(attack).since = when;
}

void attack_watch::ended(std::size_t attack) {
  records_.at(attack).since.reset();
}

std::optional<std::size_t> attack_watch::failed(std::string_view account, std::uint32_t run_index,
                                                std::string_view name, clock::time_point cycle_began) {
  for (std::size_t i = 0; i != attacks_.size(); ++i) {
    auto& seen = records_[i];
    if (attacks_[i].account != account || !seen.since || !is_refusal(attacks_[i].kind, name) ||
        (cycle_began < *seen.since && was_seen_before(i, name)))
      continue;
    auto known = seen.names.find(name);
    if (known == seen.names.end())
      known = seen.names.try_emplace(seen.names.size() < most_names ? std::string{name} : other_name).first;
    known->second.resize(all_devices_);
    known->second.at(run_index) = true;
    seen.refused.resize(all_devices_);
    if (seen.refused.at(run_index))
      return std::nullopt;
    seen.refused[run_index] = true;
    ++seen.refused_by;
    return i;
  }
  return std::nullopt;
}

bool attack_watch::was_seen_before(std::size_t attack, std::string_view name) const {
  for (auto before = attack; before-- != 0;)
    if (attacks_[before].account == attacks_[attack].account)
      return records_[before].names.find(name) != records_[before].names.end();
  return false;
}

bool attack_watch::is_answered(std::size_t attack, std::uint64_t accepted) const {
  const auto devices = devices_.find(attacks_.at(attack).account);
  return records_[attack].refused_by + accepted >= (devices == devices_.end() ? 0 : devices->second);
}

std::vector<telemetry::attack_result> attack_watch::results() const {
  std::vector<telemetry::attack_result> all;
  for (std::size_t i = 0; i != attacks_.size(); ++i) {
    telemetry::attack_result result;
    result.account = attacks_[i].account;
    result.kind = attacks_[i].kind;
    result.refused = records_[i].refused_by;
    for (const auto& [name, devices] : records_[i].names)
      result.names[name] = static_cast<std::uint64_t>(std::count(devices.begin(), devices.end(), true));
    all.push_back(std::move(result));
  }
  return all;
}

} // namespace otafleet::actors
