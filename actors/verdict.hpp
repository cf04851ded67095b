// Turns what a run measured into its verdict and exit code. Pure.
#pragma once

#include "actors/run_monitor.hpp"
#include "scenarios/model.hpp"
#include "telemetry/results.hpp"

namespace otafleet::actors {

/// Evaluates the thresholds and fills `outcome`, `exit_code`, `reasons` and `thresholds` of `run` from everything else
/// in it. The first of these that holds decides: interrupted (130), generator not to be trusted (4), backend and
/// devices disagree, or devices accepted an attack and no threshold `attacks.accepted` allows as many (6), a threshold
/// failed or the goal was not reached (3), pass (0).
void judge(telemetry::results& run, const scenarios::scenario& plan, run_end end);

/// What a reader of the results must know about the set-up, a sentence per fleet.
[[nodiscard]] std::vector<std::string> stated_setup(const scenarios::scenario& plan);

} // namespace otafleet::actors
