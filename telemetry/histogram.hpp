// Latencies counted in buckets whose width grows with the value, so that any percentile is within 1% of the truth.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace otafleet::telemetry {

struct distribution {
  std::uint64_t count = 0;
  /// Seconds; all 0 when `count` is 0.
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, mean = 0;
};

/// An HDR-style histogram of durations from 1 us to over 19 hours; longer ones count as the longest. Any number of threads
/// may record while others read; a reader sees each record or not yet.
class histogram {
public:
  void record(std::chrono::nanoseconds value) noexcept;

  /// The smallest value that at least `q` (0..1] of the records do not exceed, within 1%; zero without records.
  [[nodiscard]] std::chrono::nanoseconds quantile(double q) const noexcept;
  [[nodiscard]] distribution summary() const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept;

private:
  static constexpr std::size_t sub_buckets = 128;
  static constexpr std::size_t octaves = 30;

  std::array<std::atomic<std::uint64_t>, sub_buckets * octaves> counts_{};
  std::atomic<std::uint64_t> total_nanoseconds_{0};
  std::atomic<std::uint64_t> max_nanoseconds_{0};
};

} // namespace otafleet::telemetry
