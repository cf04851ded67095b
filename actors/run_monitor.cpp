#include "actors/run_monitor.hpp"

#include <algorithm>
#include <utility>

namespace otafleet::actors {

run_monitor::run_monitor(const scenarios::until& end, std::vector<fleet_standing> fleets, bool has_operations)
    : end_(end), fleets_(std::move(fleets)), operations_open_(has_operations) {}

void run_monitor::set(std::size_t fleet, const fleet_standing& standing) {
  {
    const std::lock_guard lock{mutex_};
    fleets_.at(fleet) = standing;
  }
  changed_.notify_all();
}

void run_monitor::operations_done() {
  {
    const std::lock_guard lock{mutex_};
    operations_open_ = false;
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
  const bool all_provisioned = std::all_of(fleets_.begin(), fleets_.end(),
                                           [](const fleet_standing& f) { return f.provisioned == f.devices; });
  const bool all_updated = std::all_of(fleets_.begin(), fleets_.end(), [](const fleet_standing& f) {
    return !f.has_goal || f.updated + f.failed >= f.devices;
  });
  if (!all_provisioned || (end_.all == goal::updated && (operations_open_ || !all_updated)))
    return std::nullopt;
  return run_end::goal_reached;
}

} // namespace otafleet::actors
