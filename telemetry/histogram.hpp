// Latencies counted in buckets whose width grows with the value, so that any percentile is within 1% of the truth.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace otafleet::telemetry {

struct distribution {
  std::uint64_t count = 0;
  /// Seconds; all 0 when `count` is 0.
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, mean = 0;
};

/// An HDR-style histogram of durations from 1 ns to over 19 hours; longer ones count as the longest, negative ones as
/// zero. Any number of threads may record while others read; a reader sees each record or not yet. 21 KB.
class histogram {
public:
  void record(std::chrono::nanoseconds value) noexcept;

  /// The smallest value that at least `q` (0..1] of the records do not exceed, within 1%; zero without records.
  [[nodiscard]] std::chrono::nanoseconds quantile(double q) const noexcept;
  [[nodiscard]] distribution summary() const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept;

private:
  /// Each power of two of nanoseconds is cut into this many equal buckets: 1/64 wide, so their middle is within 0.8%.
  static constexpr std::size_t sub_buckets = 64;
  /// From 64 ns to 2^46 ns (19.5 hours); below 64 ns each nanosecond has its own bucket.
  static constexpr std::size_t octaves = 40;
  static constexpr std::size_t buckets = sub_buckets * (octaves + 1);

  using snapshot = std::array<std::uint64_t, buckets>;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t nanoseconds) noexcept;
  [[nodiscard]] static std::uint64_t middle_of(std::size_t bucket) noexcept;
  /// Copies the counts and returns their sum.
  std::uint64_t read(snapshot& counts) const noexcept;
  [[nodiscard]] std::uint64_t quantile(const snapshot& counts, std::uint64_t total, double q) const noexcept;

  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
  std::atomic<std::uint64_t> total_nanoseconds_{0};
  std::atomic<std::uint64_t> max_nanoseconds_{0};
};

} // namespace otafleet::telemetry
