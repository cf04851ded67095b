#include "telemetry/thresholds.hpp"

#include <array>
#include <limits>

namespace otafleet::telemetry {

namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

constexpr std::array measures{
    measure{"provisioning.response", measure_unit::time},
    measure{"provisioning.service", measure_unit::time},
    measure{"update.duration", measure_unit::time},
    measure{"http.duration", measure_unit::time},
    measure{"signature_check.duration", measure_unit::time},
    measure{"metadata_verification.duration", measure_unit::time},
    measure{"schedule.lag", measure_unit::time},
    measure{"provisioning.success", measure_unit::share},
    measure{"updates.success", measure_unit::share},
    measure{"http.failures", measure_unit::share},
    measure{"provisioning.rate", measure_unit::per_second},
    measure{"identity.mismatches", measure_unit::number},
    measure{"devices.failed", measure_unit::number},
    measure{"updates.failed", measure_unit::number},
    measure{"attacks.accepted", measure_unit::number},
    measure{"attacks.refused", measure_unit::number},
};

[[nodiscard]] const distribution* times_of(std::string_view name, const fleet_reading& measured) noexcept {
  if (name == "provisioning.response")
    return &measured.provisioning_response;
  if (name == "provisioning.service")
    return &measured.provisioning_service;
  if (name == "update.duration")
    return &measured.updates;
  if (name == "http.duration")
    return &measured.http;
  if (name == "signature_check.duration")
    return &measured.signature_checks;
  if (name == "metadata_verification.duration")
    return &measured.metadata_verification;
  if (name == "schedule.lag")
    return &measured.schedule_lag;
  return nullptr;
}

[[nodiscard]] double statistic_of(const distribution& times, std::string_view statistic) noexcept {
  if (times.count == 0)
    return no_value;
  if (statistic == "p50")
    return times.p50;
  if (statistic == "p90")
    return times.p90;
  if (statistic == "p99")
    return times.p99;
  if (statistic == "p99.9")
    return times.p999;
  if (statistic == "avg")
    return times.mean;
  if (statistic == "max")
    return times.max;
  return no_value;
}

[[nodiscard]] double share(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? no_value : static_cast<double>(part) / static_cast<double>(whole);
}

/// An answer with a status of 200..399. A 404 for a root counts too: with it a client finds out, on every poll, that
/// there is no newer one.
[[nodiscard]] bool is_answer(std::string_view endpoint, std::string_view code) noexcept {
  if (code.size() != 3)
    return false; // the word of a transport failure
  return code[0] == '2' || code[0] == '3' || (code == "404" && endpoint.ends_with("_root"));
}

[[nodiscard]] double http_failures(const fleet_reading& measured) {
  std::uint64_t failed = 0;
  std::uint64_t all = 0;
  for (const auto& [endpoint_and_code, count] : measured.http_answers) {
    const std::string_view both = endpoint_and_code;
    const auto slash = both.rfind('/');
    all += count;
    if (!is_answer(both.substr(0, slash), both.substr(slash + 1)))
      failed += count;
  }
  return share(failed, all);
}

/// What devices made of all attacks together; no value when one of them was never served, because a run that did not
/// attack has proved nothing.
[[nodiscard]] double attacked(const results& run, std::uint64_t attack_result::*outcome) {
  double sum = 0;
  for (const auto& one : run.attacks) {
    if (one.served == 0)
      return no_value;
    sum += static_cast<double>(one.*outcome);
  }
  return run.attacks.empty() ? no_value : sum;
}

[[nodiscard]] double value_of(const threshold& what, const results& run) {
  const auto& name = what.name;
  if (const auto* times = times_of(name, run.measured))
    return statistic_of(*times, what.statistic);
  if (name == "provisioning.success")
    return share(run.devices.provisioned, run.devices.total);
  if (name == "updates.success")
    return share(run.updates.installed, run.updates.assigned);
  if (name == "http.failures")
    return http_failures(run.measured);
  if (name == "provisioning.rate")
    return run.devices.provisioned == 0 ? no_value : run.provisioning_rate_per_second;
  if (name == "identity.mismatches")
    return static_cast<double>(run.identity.mismatches);
  if (name == "devices.failed")
    return static_cast<double>(run.devices.failed);
  if (name == "updates.failed")
    return static_cast<double>(run.updates.failed);
  if (name == "attacks.accepted")
    return attacked(run, &attack_result::accepted);
  if (name == "attacks.refused")
    return attacked(run, &attack_result::refused);
  return no_value;
}

/// False for NaN, whatever the comparison.
[[nodiscard]] bool holds(double value, comparison compare, double bound) noexcept {
  switch (compare) {
  case comparison::less:
    return value < bound;
  case comparison::less_equal:
    return value <= bound;
  case comparison::greater:
    return value > bound;
  case comparison::greater_equal:
    return value >= bound;
  case comparison::equal:
    return value == bound;
  }
  return false;
}

} // namespace

std::span<const measure> known_measures() noexcept {
  return measures;
}

threshold_result evaluate(const threshold& what, const results& run) {
  const auto value = value_of(what, run);
  return {what.name, what.expression, value, holds(value, what.compare, what.bound)};
}

} // namespace otafleet::telemetry
