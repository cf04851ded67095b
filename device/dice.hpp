// A device's random choices: each kind has a sequence of its own that the run's seed determines.
#pragma once

#include <cstdint>
#include <string>

#include "device/settings.hpp"

namespace otafleet::device {

/// What a choice is for; adding one never changes the others' sequences.
enum class purpose : std::uint32_t {
  device_id = 1,
  event_id,
  poll_jitter,
  install_time,
  image_content,
  campaign,
  install_luck,
};

/// SplitMix64 over (seed, device, purpose): eight bytes of state, because a device keeps several.
class dice {
public:
  dice(const device_seed& seed, purpose what) noexcept;

  [[nodiscard]] std::uint64_t next() noexcept;
  /// 0 <= result < `bound`; `bound` must not be 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
  /// 0 <= result < 1.
  [[nodiscard]] double unit() noexcept;
  /// A version 4 UUID (RFC 4122).
  [[nodiscard]] std::string uuid() noexcept;

private:
  std::uint64_t state_;
};

/// A log-normal draw with the given median and 99th percentile, as multiples of any unit; the median itself when the
/// two are equal.
[[nodiscard]] double log_normal(dice& from, double p50, double p99) noexcept;

} // namespace otafleet::device
