#include "actors/comparison.hpp"

#include <utility>
#include <vector>

#include "actors/backend_questions.hpp"
#include "actors/ground_truth.hpp"

namespace otafleet::actors {

namespace {

constexpr std::size_t most_discrepancies_listed = 100;

} // namespace

tl::expected<void, std::string> comparison::with_embedded_stub(telemetry::results& run) const {
  const auto& access = *backend_.accounts.begin()->second.operators;
  const auto status = ask_for_status(network_, access);
  if (!status)
    return tl::unexpected(status.error());
  run.identity.requests_checked = status->requests_checked;
  run.identity.mismatches += status->mismatches;
  run.backend.present = true;
  run.backend.cpu_seconds = status->cpu_seconds;
  run.backend.peak_rss_bytes = status->peak_rss_bytes;
  run.backend.manifests = status->manifests_accepted;
  run.backend.manifests_refused = status->manifests_refused;
  take_in_attacks(status->attacks, run);
  for (const auto& [account, unused] : plan_.accounts)
    if (auto compared = compare_devices(run, account, access, false); !compared)
      return compared;
  return {};
}

/// Attacks of one kind on one account are counted together at the backend.
void comparison::take_in_attacks(const std::map<std::string, std::map<std::string, attack_counts>>& counted,
                                 telemetry::results& run) const {
  for (auto& attack : run.attacks) {
    const auto account = counted.find(attack.account);
    if (account == counted.end())
      continue;
    const auto kind = account->second.find(attack.kind);
    if (kind == account->second.end())
      continue;
    attack.served = kind->second.served;
    attack.devices = kind->second.devices;
    attack.accepted = kind->second.accepted;
    metrics_.attacks_accepted(attack.kind, attack.accepted);
  }
}

/// Only another embedded backend of ours can say what it believes of each device.
void comparison::with_live_backend(telemetry::results& run) const {
  for (const auto& [name, account] : backend_.accounts) {
    auto compared = account.operators
                        ? compare_devices(run, name, *account.operators, true)
                        : tl::expected<void, std::string>{tl::unexpected(std::string{"it has no operator API"})};
    run.stated.push_back(compared ? "account " + name + ": compared with what the backend believes of each device"
                                  : "account " + name +
                                        ": not compared with what the backend believes: " + compared.error());
  }
}

tl::expected<void, std::string> comparison::compare_devices(telemetry::results& run, const std::string& account,
                                                            const operator_access& access, bool has_others) const {
  const auto view = ask_for_devices(network_, access, account);
  if (!view)
    return tl::unexpected(view.error());
  std::vector<const device_record*> records;
  for (std::size_t f = 0; f != records_.size(); ++f) {
    if (plan_.fleets[f].account != account)
      continue;
    for (const auto& record : records_[f])
      records.push_back(&record);
  }
  for (const auto& [id, device] : *view) {
    run.backend.devices += device.registered ? 1 : 0;
    run.backend.updated += device.assignment == "done" ? 1 : 0;
  }
  for (auto& one : compare(records, *view, has_others)) {
    ++run.discrepancy_count;
    if (run.discrepancies.size() < most_discrepancies_listed)
      run.discrepancies.push_back(std::move(one));
  }
  return {};
}

} // namespace otafleet::actors
