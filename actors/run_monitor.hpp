// How far a run has come, and whether it is over: written by actors, read by the thread that waits for the end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/model.hpp"

namespace otafleet::actors {

struct fleet_standing {
  std::string name;
  std::uint32_t devices = 0;
  std::uint32_t provisioned = 0;
  /// Devices that have reported the image that is to run on the fleet now.
  std::uint32_t updated = 0;
  /// Devices whose update to it has failed, and the backend knows.
  std::uint32_t failed = 0;
  /// Goals that the fleet has heard of so far; 0 until an image was assigned to it.
  std::uint32_t goals = 0;
};

/// Why a run ended.
enum class run_end { goal_reached, time_over, interrupted, operation_failed };

/// Thread safe.
class run_monitor {
public:
  run_monitor(const scenarios::until& end, std::vector<fleet_standing> fleets, bool has_operations,
              bool has_faults = false);

  // -- telling ----------------------------------------------------------------

  void set(std::size_t fleet, const fleet_standing& standing);
  /// An image is about to be assigned to the fleet of that name. Before the operator says that it is done, so that no
  /// run ends between the last assignment and the moment at which the fleet hears of it.
  void goal_announced(const std::string& fleet);
  void operations_done();
  /// The scenario's last fault has ended; before that no goal is reached.
  void faults_over();
  /// Ends the run: what the operator wanted of the backend was refused.
  void operation_failed(std::string sentence);
  void interrupt();

  // -- asking -----------------------------------------------------------------

  /// Waits until the run is over or `until` has come; none in the latter case.
  [[nodiscard]] std::optional<run_end> wait_until(std::chrono::steady_clock::time_point until);

  [[nodiscard]] std::vector<fleet_standing> standings() const;
  /// Why operations ended the run; empty when they did not.
  [[nodiscard]] std::string failed_operation() const;

private:
  [[nodiscard]] std::optional<run_end> end_so_far() const;

  const scenarios::until end_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<fleet_standing> fleets_;
  /// Goals announced, by fleet.
  std::vector<std::uint32_t> announced_;
  bool operations_open_;
  bool faults_open_;
  bool interrupted_ = false;
  std::string failed_operation_;
};

} // namespace otafleet::actors
