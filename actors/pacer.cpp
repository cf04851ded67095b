#include "actors/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace otafleet::actors {

namespace {

/// What rounding may leave of a token that is due.
constexpr double rounding = 1e-9;

} // namespace

pacer::pacer(double per_second, clock::time_point now) noexcept
    : per_second_(per_second), capacity_(std::max(1.0, per_second / 1'000)), tokens_(capacity_), filled_(now) {}

void pacer::refill(clock::time_point now) noexcept {
  if (now <= filled_)
    return;
  const double elapsed = std::chrono::duration<double>(now - filled_).count();
  tokens_ = std::min(capacity_, tokens_ + elapsed * per_second_);
  filled_ = now;
}

bool pacer::take(clock::time_point now) noexcept {
  refill(now);
  if (tokens_ < 1 - rounding)
    return false;
  tokens_ -= 1;
  return true;
}

pacer::clock::time_point pacer::next(clock::time_point now) noexcept {
  refill(now);
  const double missing = std::max(0.0, 1 - tokens_);
  // Rounded up: a wake-up a nanosecond early would find nothing.
  return filled_ + std::chrono::nanoseconds{static_cast<std::int64_t>(std::ceil(missing / per_second_ * 1e9))};
}

} // namespace otafleet::actors
