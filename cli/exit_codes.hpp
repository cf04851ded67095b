// Exit codes are an API: pipelines branch on them (design section 4).
#pragma once

namespace otafleet::cli {

inline constexpr int exit_pass = 0;
inline constexpr int exit_internal_error = 1;
/// Wrong arguments, or a scenario that does not hold.
inline constexpr int exit_usage = 2;
inline constexpr int exit_threshold_failed = 3;
/// The generator was the bottleneck, or identities were mixed.
inline constexpr int exit_run_invalid = 4;
/// The backend is unreachable, or the set-up failed.
inline constexpr int exit_setup_failed = 5;
/// Devices and backend disagree, or a device accepted an attack.
inline constexpr int exit_ground_truth = 6;
inline constexpr int exit_interrupted = 130;

} // namespace otafleet::cli
