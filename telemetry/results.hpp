// What a run found out, as data: summary.json and the closing text are written from it alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "telemetry/fleet_metrics.hpp"

namespace otafleet::telemetry {

enum class verdict { pass, fail, invalid };

/// A threshold and how it came out.
struct threshold_result {
  std::string name;
  std::string expression;
  /// In the unit of the expression (seconds, share, number); NaN without samples, which fails.
  double value = 0;
  bool ok = false;
};

/// Devices and backend do not agree on something.
struct discrepancy {
  std::string device;
  std::string what;
};

/// One attack on one account: what the backend served, and what devices made of it.
struct attack_result {
  std::string account;
  std::string kind;
  /// As the backend counted: answers with the attack in them, devices that got one, devices that took it for good.
  std::uint64_t served = 0, devices = 0, accepted = 0;
  /// Devices that refused it.
  std::uint64_t refused = 0;
  /// By the name under which devices refused it, how many did.
  std::map<std::string, std::uint64_t> names;
};

struct results {
  verdict outcome = verdict::pass;
  int exit_code = 0;
  /// Why it is not a pass, a sentence each.
  std::vector<std::string> reasons;
  bool interrupted = false;

  std::string scenario_name;
  std::string scenario_file;
  std::uint64_t seed = 0;
  double duration_seconds = 0;
  /// What a reader must know about the set-up: key types, client profiles, install times.
  std::vector<std::string> stated;

  struct {
    std::uint64_t total = 0, provisioned = 0, failed = 0;
  } devices;
  struct {
    std::uint64_t assigned = 0, installed = 0, failed = 0;
  } updates;
  struct {
    std::uint64_t requests_checked = 0, mismatches = 0;
  } identity;
  double provisioning_rate_per_second = 0;
  fleet_reading measured;
  struct {
    double cpu_seconds = 0;
    std::uint64_t peak_rss_bytes = 0;
    std::uint64_t requests = 0, connections = 0, shed = 0;
    /// Requests that waited for the stated maximum rate, and the longest wait; their times include it.
    std::uint64_t held_back = 0;
    double longest_hold_seconds = 0;
  } generator;
  struct {
    bool present = false;
    double cpu_seconds = 0;
    std::uint64_t peak_rss_bytes = 0;
    std::uint64_t devices = 0, updated = 0, manifests = 0, manifests_refused = 0;
  } backend;
  /// All of the scenario, in its order, also those that were never served.
  std::vector<attack_result> attacks;
  std::vector<threshold_result> thresholds;
  /// The first of them; `discrepancy_count` is the number of all.
  std::vector<discrepancy> discrepancies;
  std::uint64_t discrepancy_count = 0;
};

/// summary.json, version 1 (design section 4), indented.
[[nodiscard]] std::string summary_json(const results& run);

/// The closing summary for a person: verdict first, then thresholds, figures, failures, where the files are.
/// `width` is the terminal's; `colour` adds ANSI colours.
[[nodiscard]] std::string summary_text(const results& run, const std::string& run_directory, int width, bool colour);

} // namespace otafleet::telemetry
