#include "actors/start_schedule.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <variant>

namespace otafleet::actors {

namespace {

[[nodiscard]] run_time span_of(const scenarios::start_plan& plan, std::uint32_t devices) noexcept {
  if (const auto* ramp = std::get_if<scenarios::start_ramp>(&plan))
    return ramp->over;
  if (const auto* rate = std::get_if<scenarios::start_rate>(&plan))
    return run_time{std::llround(static_cast<double>(devices) / rate->per_second * 1e9)};
  return run_time::zero();
}

} // namespace

start_schedule::start_schedule(const scenarios::start_plan& plan, std::uint32_t devices,
                               std::optional<double> max_rate) noexcept
    : devices_(devices), over_(span_of(plan, devices)) {
  if (!max_rate)
    return;
  const auto slowest = span_of(scenarios::start_rate{*max_rate}, devices);
  is_stretched_ = slowest > over_;
  over_ = std::max(over_, slowest);
}

run_time start_schedule::intended_start(std::uint32_t index) const noexcept {
  assert(index < devices_);
  // Whole steps plus the scaled remainder: index * over would overflow at a million devices over a day.
  const auto total = static_cast<std::uint64_t>(over_.count());
  return run_time{total / devices_ * index + total % devices_ * index / devices_};
}

} // namespace otafleet::actors
