#include "actors/verdict.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "telemetry/thresholds.hpp"

namespace otafleet::actors {

namespace {

[[nodiscard]] std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, seconds < 0.1 ? "%.1f ms" : "%.2f s", seconds < 0.1 ? seconds * 1e3 : seconds);
  return text;
}

[[nodiscard]] std::string percent_text(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g%%", share * 100);
  return text;
}

[[nodiscard]] double in_seconds(scenarios::duration d) {
  return std::chrono::duration<double>(d).count();
}

[[nodiscard]] telemetry::comparison to_telemetry(scenarios::threshold::comparison compare) {
  using from = scenarios::threshold::comparison;
  switch (compare) {
  case from::less:
    return telemetry::comparison::less;
  case from::less_equal:
    return telemetry::comparison::less_equal;
  case from::greater:
    return telemetry::comparison::greater;
  case from::greater_equal:
    return telemetry::comparison::greater_equal;
  case from::equal:
    return telemetry::comparison::equal;
  }
  return telemetry::comparison::equal;
}

/// Of the client profiles that are no plain copy of the real client's.
[[nodiscard]] std::string_view client_words(std::string_view client) {
  if (client == "keep-alive")
    return " (one connection per device)";
  if (client == "strict")
    return " (the Uptane Standard where the real client is laxer)";
  return " (a new connection for every request)";
}

[[nodiscard]] std::string_view key_name(scenarios::uptane_key_type type) {
  switch (type) {
  case scenarios::uptane_key_type::ed25519:
    return "ed25519";
  case scenarios::uptane_key_type::rsa_2048:
    return "rsa-2048";
  case scenarios::uptane_key_type::rsa_3072:
    return "rsa-3072";
  case scenarios::uptane_key_type::rsa_4096:
    return "rsa-4096";
  }
  return "";
}

void decide(telemetry::results& run, telemetry::verdict outcome, int exit_code) {
  if (run.exit_code != 0)
    return;
  run.outcome = outcome;
  run.exit_code = exit_code;
}

/// A device that was deceived is on another side of the truth than it believes: a finding, unless a threshold allows as
/// many.
void judge_attacks(telemetry::results& run) {
  const bool is_allowed = std::any_of(run.thresholds.begin(), run.thresholds.end(),
                                      [](const auto& one) { return one.name == "attacks.accepted" && one.ok; });
  for (const auto& attack : run.attacks) {
    if (attack.accepted == 0 || is_allowed)
      continue;
    run.reasons.push_back(std::to_string(attack.accepted) + (attack.accepted == 1 ? " device" : " devices") +
                          " of account " + attack.account + " accepted the attack " + attack.kind);
    decide(run, telemetry::verdict::fail, 6);
  }
}

[[nodiscard]] std::string ecu_words(const scenarios::secondary& ecu) {
  std::string text = ecu.hardware + " (" + std::string{key_name(ecu.key)};
  if (ecu.install_fails > 0)
    text += ", " + percent_text(ecu.install_fails) + " of its installations fail";
  return text + ")";
}

} // namespace

void judge(telemetry::results& run, const scenarios::scenario& plan, run_end end) {
  using telemetry::verdict;
  for (const auto& threshold : plan.thresholds)
    run.thresholds.push_back(telemetry::evaluate(
        {threshold.name, threshold.expression, threshold.statistic, to_telemetry(threshold.compare), threshold.bound},
        run));

  if (end == run_end::interrupted) {
    run.interrupted = true;
    run.reasons.push_back("interrupted: the figures are those up to then");
    decide(run, verdict::fail, 130);
  }
  if (run.identity.mismatches != 0) {
    run.reasons.push_back(
        std::to_string(run.identity.mismatches) +
        " requests went out under another device's identity: nothing this run measured can be trusted");
    decide(run, verdict::invalid, 4);
  }
  if (const auto lag = run.measured.schedule_lag.p99; lag > in_seconds(plan.max_schedule_lag)) {
    run.reasons.push_back(
        "the generator started devices late (p99 " + seconds_text(lag) + ", allowed " +
        seconds_text(in_seconds(plan.max_schedule_lag)) +
        "): it was the bottleneck, not the backend; start fewer devices a second or use a larger machine");
    decide(run, verdict::invalid, 4);
  }
  if (run.generator.shed != 0) {
    run.reasons.push_back(std::to_string(run.generator.shed) +
                          " requests were never sent because the generator's own queue was full; lower the load");
    decide(run, verdict::invalid, 4);
  }
  if (run.discrepancy_count != 0) {
    run.reasons.push_back("devices and backend disagree on " + std::to_string(run.discrepancy_count) + " devices");
    decide(run, verdict::fail, 6);
  }
  judge_attacks(run);
  if (end == run_end::time_over && plan.end.all != scenarios::until::goal::time) {
    const auto missing = run.devices.total - run.devices.provisioned;
    const auto finished = run.updates.installed + run.updates.failed;
    auto reason = "time is over (until.at_most " + seconds_text(in_seconds(plan.end.at_most)) + "): ";
    if (missing != 0)
      reason += std::to_string(missing) + " of " + std::to_string(run.devices.total) + " devices are not provisioned";
    else if (finished < run.updates.assigned)
      reason += std::to_string(run.updates.assigned - finished) + " of " + std::to_string(run.updates.assigned) +
                " assigned updates are not finished";
    else
      reason += "operations or faults of the scenario have not ended";
    run.reasons.push_back(std::move(reason));
    decide(run, verdict::fail, 3);
  }
  for (const auto& threshold : run.thresholds) {
    if (threshold.ok)
      continue;
    run.reasons.push_back("threshold " + threshold.name + ": " + threshold.expression + " does not hold");
    decide(run, verdict::fail, 3);
  }
}

std::vector<std::string> stated_setup(const scenarios::scenario& plan) {
  std::vector<std::string> stated;
  for (const auto& fleet : plan.fleets) {
    std::string text = "fleet " + fleet.name + ": " + std::to_string(fleet.devices) + " devices, client " +
                       fleet.client + std::string{client_words(fleet.client)};
    if (fleet.provisioned_by == scenarios::provisioning::device_credentials)
      text += ", delivered with certificates";
    text.append(", Uptane keys ").append(key_name(fleet.uptane_key));
    text += ", polls " + seconds_text(in_seconds(fleet.poll_every)) + " apart";
    if (fleet.install_p50.count() == 0)
      text += ", installs at once";
    else
      text += ", installs in " + seconds_text(in_seconds(fleet.install_p50)) + " (p99 " +
              seconds_text(in_seconds(fleet.install_p99)) + ")";
    text += fleet.reboots ? ", reboots after it" : ", no reboot";
    if (fleet.install_fails > 0)
      text += ", " + percent_text(fleet.install_fails) + " of the installations fail";
    if (fleet.pacman == scenarios::package_manager::ostree)
      text += ", installs OSTree commits";
    for (std::size_t i = 0; i != fleet.secondaries.size(); ++i)
      text += (i == 0 ? ", secondaries " : ", ") + ecu_words(fleet.secondaries[i]);
    stated.push_back(std::move(text));
  }
  return stated;
}

} // namespace otafleet::actors
