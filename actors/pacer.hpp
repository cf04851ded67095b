// A token bucket: how many of something may begin now, so that a stated rate is never exceeded. Pure.
#pragma once

#include <chrono>

namespace otafleet::actors {

/// Holds one token, or a millisecond's worth where that is more, so that in any span of T seconds no more than
/// rate * T + max(1, rate / 1000) begin. Not thread safe.
class pacer {
public:
  using clock = std::chrono::steady_clock;

  /// `per_second` must be above 0. The bucket is full at `now`.
  pacer(double per_second, clock::time_point now) noexcept;

  /// Takes a token if there is one.
  [[nodiscard]] bool take(clock::time_point now) noexcept;
  /// Takes `count` tokens that are due whether they are there or not; the next ones come later for it.
  void owe(double count) noexcept { tokens_ -= count; }
  /// When there will be a token.
  [[nodiscard]] clock::time_point next(clock::time_point now) noexcept;

private:
  void refill(clock::time_point now) noexcept;

  double per_second_;
  double capacity_;
  double tokens_;
  clock::time_point filled_;
};

} // namespace otafleet::actors
