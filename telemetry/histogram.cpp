#include "telemetry/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace otafleet::telemetry {

namespace {

constexpr double seconds_per_nanosecond = 1e-9;
constexpr std::uint64_t longest = (std::uint64_t{1} << 46) - 1;

} // namespace

std::size_t histogram::bucket_of(std::uint64_t nanoseconds) noexcept {
  if (nanoseconds < sub_buckets)
    return static_cast<std::size_t>(nanoseconds);
  // 64..127 is octave 0: its bit width is 7.
  const auto octave = static_cast<std::size_t>(std::bit_width(nanoseconds)) - 7;
  const auto sub = static_cast<std::size_t>(nanoseconds >> octave) - sub_buckets;
  return sub_buckets * (octave + 1) + sub;
}

std::uint64_t histogram::middle_of(std::size_t bucket) noexcept {
  if (bucket < sub_buckets)
    return bucket;
  const auto octave = bucket / sub_buckets - 1;
  const auto lower = (sub_buckets + bucket % sub_buckets) << octave;
  const auto width = std::uint64_t{1} << octave;
  return lower + (width - 1) / 2;
}

void histogram::record(std::chrono::nanoseconds value) noexcept {
  const auto clamped = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0)), longest);
  counts_[bucket_of(clamped)].fetch_add(1, std::memory_order_relaxed);
  total_nanoseconds_.fetch_add(clamped, std::memory_order_relaxed);
  auto seen = max_nanoseconds_.load(std::memory_order_relaxed);
  while (seen < clamped && !max_nanoseconds_.compare_exchange_weak(seen, clamped, std::memory_order_relaxed)) {
  }
}

std::uint64_t histogram::read(snapshot& counts) const noexcept {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < buckets; ++i)
    total += counts[i] = counts_[i].load(std::memory_order_relaxed);
  return total;
}

std::uint64_t histogram::quantile(const snapshot& counts, std::uint64_t total, double q) const noexcept {
  if (total == 0)
    return 0;
  const auto share = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(total));
  const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(share), 1, total);
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    passed += counts[i];
    // The middle of the last bucket may lie beyond the longest record.
    if (passed >= wanted)
      return std::min(middle_of(i), max_nanoseconds_.load(std::memory_order_relaxed));
  }
  return max_nanoseconds_.load(std::memory_order_relaxed);
}

std::chrono::nanoseconds histogram::quantile(double q) const noexcept {
  snapshot counts;
  const auto total = read(counts);
  return std::chrono::nanoseconds{quantile(counts, total, q)};
}

distribution histogram::summary() const noexcept {
  snapshot counts;
  const auto total = read(counts);
  if (total == 0)
    return {};
  const auto seconds = [&](double q) {
    return static_cast<double>(quantile(counts, total, q)) * seconds_per_nanosecond;
  };
  distribution result;
  result.count = total;
  result.p50 = seconds(0.5);
  result.p90 = seconds(0.9);
  result.p99 = seconds(0.99);
  result.p999 = seconds(0.999);
  result.max = static_cast<double>(max_nanoseconds_.load(std::memory_order_relaxed)) * seconds_per_nanosecond;
  result.mean = static_cast<double>(total_nanoseconds_.load(std::memory_order_relaxed)) / static_cast<double>(total) *
                seconds_per_nanosecond;
  return result;
}

std::uint64_t histogram::count() const noexcept {
  std::uint64_t total = 0;
  for (const auto& count : counts_)
    total += count.load(std::memory_order_relaxed);
  return total;
}

} // namespace otafleet::telemetry
