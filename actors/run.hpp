// Plays a whole scenario against a backend and judges what came of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "actors/interrupter.hpp"
#include "actors/target.hpp"
#include "scenarios/model.hpp"
#include "telemetry/fleet_metrics.hpp"
#include "telemetry/progress.hpp"
#include "telemetry/results.hpp"

namespace otafleet::actors {

struct run_setup {
  const scenarios::scenario& plan;
  target backend;
  telemetry::fleet_metrics& metrics;
  interrupter& stop;
  /// Called about once a second on the calling thread.
  std::function<void(const telemetry::progress_reading&)> on_progress;
  /// Called on any thread with what operators do: `upload of gw-fw-1 to account qa`.
  std::function<void(const std::string&)> on_step;
};

/// One device's outcome, for devices.jsonl.
struct device_outcome {
  std::string fleet;
  std::uint32_t index = 0;
  std::string device_id;
  bool provisioned = false;
  std::string installed;
  std::uint32_t failed_steps = 0;
  std::string last_failure;
};

struct run_outcome {
  telemetry::results results;
  std::vector<device_outcome> devices;
};

/// Blocks until the scenario's end, its time limit or an interrupt, then compares devices with backend (design section
/// 3, rule 5) and evaluates thresholds. Fails with a sentence when the set-up or an operation was refused (exit code
/// 5).
[[nodiscard]] tl::expected<run_outcome, std::string> run(run_setup setup);

} // namespace otafleet::actors
