// When each device of a fleet is meant to start.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "scenarios/model.hpp"

namespace otafleet::actors {

/// Time since the start of the run.
using run_time = std::chrono::nanoseconds;

/// The intended starts of a fleet's devices, in order. Immutable and thread safe.
class start_schedule {
public:
  /// Precondition, checked by the scenario loader: at least one device, a ramp not below zero, a rate above zero.
  /// With `max_rate` the devices start no faster than that, however the plan would have it.
  start_schedule(const scenarios::start_plan& plan, std::uint32_t devices,
                 std::optional<double> max_rate = {}) noexcept;

  /// Device 0 starts at 0; the last one of a ramp just before its end, so that two ramps in a row do not start two
  /// devices at once. `index` must be below the number of devices.
  [[nodiscard]] run_time intended_start(std::uint32_t index) const noexcept;

  /// True when `max_rate` made it slower than the plan.
  [[nodiscard]] bool is_stretched() const noexcept { return is_stretched_; }
  [[nodiscard]] run_time over() const noexcept { return over_; }

private:
  std::uint32_t devices_;
  /// Over which all devices start.
  run_time over_;
  bool is_stretched_ = false;
};

} // namespace otafleet::actors
