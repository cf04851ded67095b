// How far a run is, on one line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace otafleet::telemetry {

struct fleet_progress_reading {
  std::string name;
  std::uint64_t devices = 0;
  std::uint64_t provisioned = 0;
  std::uint64_t updated = 0;
  /// Updates that failed, and the backend knows.
  std::uint64_t failed = 0;
  /// False until an image was assigned; `updated` then means nothing.
  bool has_goal = false;
};

struct progress_reading {
  std::chrono::nanoseconds elapsed{};
  std::vector<fleet_progress_reading> fleets;
  /// Since the start.
  std::uint64_t requests = 0;
  double requests_per_second = 0;
  /// Steps that failed and were or will be tried again, since the start.
  std::uint64_t failures = 0;
};

/// `   42.0s  pilot 480/500 provisioned, 120/500 updated   310 req/s   0 failures`; cut at `width` columns. Figures
/// keep their places while they grow, so that a line that is rewritten in place does not jump.
[[nodiscard]] std::string progress_line(const progress_reading& reading, int width);

} // namespace otafleet::telemetry
