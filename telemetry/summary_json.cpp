// summary.json: the machine's form of a run's results, and the source of everything else that is written about it.
#include <cmath>

#include <nlohmann/json.hpp>

#include "telemetry/results.hpp"

namespace otafleet::telemetry {

namespace {

using json = nlohmann::ordered_json;

[[nodiscard]] std::string_view name_of(verdict outcome) noexcept {
  switch (outcome) {
  case verdict::pass:
    return "pass";
  case verdict::fail:
    return "fail";
  case verdict::invalid:
    return "invalid";
  }
  return "";
}

/// JSON has no NaN; a value that does not exist is null.
[[nodiscard]] json number(double value) {
  return std::isfinite(value) ? json(value) : json(nullptr);
}

[[nodiscard]] json seconds(const distribution& times) {
  if (times.count == 0)
    return {{"p50", nullptr},   {"p90", nullptr}, {"p99", nullptr},
            {"p99.9", nullptr}, {"max", nullptr}, {"mean", nullptr}};
  return {{"p50", times.p50},    {"p90", times.p90}, {"p99", times.p99},
          {"p99.9", times.p999}, {"max", times.max}, {"mean", times.mean}};
}

[[nodiscard]] json counted(const std::map<std::string, distribution>& by_name) {
  json all = json::object();
  for (const auto& [name, times] : by_name)
    all[name] = {{"count", times.count}, {"seconds", seconds(times)}};
  return all;
}

[[nodiscard]] json thresholds(const results& run) {
  json all = json::array();
  for (const auto& one : run.thresholds)
    all.push_back({{"name", one.name}, {"expression", one.expression}, {"value", number(one.value)}, {"ok", one.ok}});
  return all;
}

[[nodiscard]] json ground_truth(const results& run) {
  json named = json::array();
  for (const auto& one : run.discrepancies)
    named.push_back({{"device", one.device}, {"what", one.what}});
  return {{"discrepancies", run.discrepancy_count}, {"named", named}};
}

[[nodiscard]] json attacks(const results& run) {
  json all = json::array();
  for (const auto& one : run.attacks)
    all.push_back({{"account", one.account},
                   {"kind", one.kind},
                   {"served", one.served},
                   {"devices", one.devices},
                   {"accepted", one.accepted},
                   {"refused", one.refused},
                   {"names", one.names}});
  return all;
}

[[nodiscard]] json backend(const results& run) {
  if (!run.backend.present)
    return nullptr;
  return {{"cpu_seconds", run.backend.cpu_seconds}, {"peak_rss_bytes", run.backend.peak_rss_bytes},
          {"devices", run.backend.devices},         {"updated", run.backend.updated},
          {"manifests", run.backend.manifests},     {"manifests_refused", run.backend.manifests_refused}};
}

} // namespace

std::string summary_json(const results& run) {
  const auto& measured = run.measured;
  json summary{
      {"schema_version", 1},
      {"verdict", name_of(run.outcome)},
      {"exit_code", run.exit_code},
      {"reasons", run.reasons},
      {"interrupted", run.interrupted},
      {"scenario", {{"name", run.scenario_name}, {"file", run.scenario_file}, {"stated", run.stated}}},
      {"seed", run.seed},
      {"duration_seconds", run.duration_seconds},
      {"devices",
       {{"total", run.devices.total}, {"provisioned", run.devices.provisioned}, {"failed", run.devices.failed}}},
      {"updates",
       {{"assigned", run.updates.assigned}, {"installed", run.updates.installed}, {"failed", run.updates.failed}}},
      {"identity", {{"requests_checked", run.identity.requests_checked}, {"mismatches", run.identity.mismatches}}},
      {"provisioning",
       {{"rate_per_second", run.provisioning_rate_per_second},
        {"failed_attempts", measured.provisioning_failures},
        {"response_seconds", seconds(measured.provisioning_response)},
        {"service_seconds", seconds(measured.provisioning_service)}}},
      {"signature_checks",
       {{"count", measured.signature_checks.count},
        {"failed", measured.signature_failures},
        {"seconds", seconds(measured.signature_checks)},
        {"by_role_and_key_type", counted(measured.signature_checks_by_role)}}},
      {"metadata_verification",
       {{"documents", measured.metadata_verification.count}, {"seconds", seconds(measured.metadata_verification)}}},
      {"update_seconds", seconds(measured.updates)},
      {"polls", measured.polls},
      {"http",
       {{"count", measured.http.count},
        {"seconds", seconds(measured.http)},
        {"bytes_downloaded", measured.bytes_downloaded},
        {"by_endpoint", counted(measured.http_by_endpoint)},
        {"answers", measured.http_answers}}},
      {"failures", measured.failures},
      {"attacks", attacks(run)},
      {"generator",
       {{"schedule_lag_seconds", seconds(measured.schedule_lag)},
        {"cpu_seconds", run.generator.cpu_seconds},
        {"peak_rss_bytes", run.generator.peak_rss_bytes},
        {"requests", run.generator.requests},
        {"connections", run.generator.connections},
        {"shed", run.generator.shed},
        {"held_back", run.generator.held_back},
        {"longest_hold_seconds", run.generator.longest_hold_seconds}}},
      {"backend", backend(run)},
      {"ground_truth", ground_truth(run)},
      {"thresholds", thresholds(run)},
  };
  return summary.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace otafleet::telemetry
