#include "actors/run_monitor.hpp"

#include <utility>

namespace otafleet::actors {

run_monitor::run_monitor(const scenarios::until& end, std::vector<fleet_standing> fleets, bool has_operations,
                         bool has_faults)
    : end_(end), fleets_(std::move(fleets)), announced_(fleets_.size()), operations_open_(has_operations),
      faults_open_(has_faults) {}

void run_monitor::set(std::size_t fleet, const fleet_standing& standing) {
  {
    const std::lock_guard lock{mutex_};
    fleets_.at(fleet) = standing;
  }
  changed_.notify_all();
}

void run_monitor::goal_announced(const std::string& fleet) {
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i != fleets_.size(); ++i)
    announced_[i] += fleets_[i].name == fleet ? 1 : 0;
}

void run_monitor::operations_done() {
  {
    const std::lock_guard lock{mutex_};
    operations_open_ = false;
  }
  changed_.notify_all();
}

void run_monitor::faults_over() {
  {
    const std::lock_guard lock{mutex_};
    faults_open_ = false;
  }
  changed_.notify_all();
}

void run_monitor::operation_failed(std::string sentence) {
  {
    const std::lock_guard lock{mutex_};
    if (failed_operation_.empty())
      failed_operation_ = std::move(sentence);
  }
  changed_.notify_all();
}

void run_monitor::interrupt() {
  {
    const std::lock_guard lock{mutex_};
    interrupted_ = true;
  }
  changed_.notify_all();
}

std::optional<run_end> run_monitor::wait_until(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock{mutex_};
  std::optional<run_end> end;
  changed_.wait_until(lock, until, [&] { return (end = end_so_far()).has_value(); });
  return end;
}

std::vector<fleet_standing> run_monitor::standings() const {
  const std::lock_guard lock{mutex_};
  return fleets_;
}

std::string run_monitor::failed_operation() const {
  const std::lock_guard lock{mutex_};
  return failed_operation_;
}

std::optional<run_end> run_monitor::end_so_far() const {
  if (interrupted_)
    return run_end::interrupted;
  if (!failed_operation_.empty())
    return run_end::operation_failed;
  using goal = scenarios::until::goal;
  if (end_.all == goal::time)
    return std::nullopt;
  bool all_provisioned = true;
  bool all_updated = true;
  for (std::size_t i = 0; i != fleets_.size(); ++i) {
    const auto& fleet = fleets_[i];
    all_provisioned = all_provisioned && fleet.provisioned == fleet.devices;
    const bool has_finished = fleet.goals == 0 || fleet.updated + fleet.failed >= fleet.devices;
    all_updated = all_updated && fleet.goals == announced_[i] && has_finished;
  }
  if (!all_provisioned || faults_open_ || (end_.all == goal::updated && (operations_open_ || !all_updated)))
    return std::nullopt;
  return run_end::goal_reached;
}

} // namespace otafleet::actors
