// From label values to a series: found without a lock by any number of threads, and bounded.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace otafleet::telemetry {

/// What a label value becomes: printable ASCII, at most 64 characters. Values may come from a server.
[[nodiscard]] std::string label_text(std::string_view value);

/// Keeps one `Series` per combination of label values. The first `limit` combinations get their own; all later ones
/// share the one whose labels are all `other`, so that no server can grow it without end. A hit costs a hash and a
/// comparison.
template <class Series, std::size_t Labels>
class series_table {
public:
  using key = std::array<std::string_view, Labels>;
  using owned_key = std::array<std::string, Labels>;

  explicit series_table(std::size_t limit) : limit_(limit), slots_(std::bit_ceil(2 * (limit + 2))) {}

  /// Returns the series of `labels`. `make(labels)` is called once for each, under the table's lock; it gets the label
  /// values as they are to be exposed and returns a Series.
  template <class Make>
  Series& at(const key& labels, Make&& make) {
    if (auto* known = find(labels))
      return known->series;
    const std::lock_guard lock{mutex_};
    if (auto* known = find(labels))
      return known->series;
    if (entries_.size() < limit_)
      return insert(labels, make);
    key other;
    other.fill("other");
    if (auto* known = find(other))
      return known->series;
    return insert(other, make);
  }

  /// Calls `visit(labels, series)` for each, in the order of their first use.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& one : entries_)
      visit(one.exposed, one.series);
  }

private:
  struct entry {
    owned_key labels;
    owned_key exposed;
    Series series;
  };

  static std::size_t hash(const key& labels) noexcept {
    // FNV-1a, with a mark between two labels.
    std::uint64_t value = 14695981039346656037ull;
    for (const auto label : labels) {
      for (const char c : label)
        value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ull;
      value = (value ^ 0xff) * 1099511628211ull;
    }
    return static_cast<std::size_t>(value ^ (value >> 32));
  }

  static bool same(const owned_key& mine, const key& labels) noexcept {
    for (std::size_t i = 0; i < Labels; ++i)
      if (mine[i] != labels[i])
        return false;
    return true;
  }

  entry* find(const key& labels) const noexcept {
    const auto mask = slots_.size() - 1;
    // Ends: at most half of the slots are ever taken.
    for (auto at = hash(labels) & mask;; at = (at + 1) & mask) {
      auto* candidate = slots_[at].load(std::memory_order_acquire);
      if (candidate == nullptr || same(candidate->labels, labels))
        return candidate;
    }
  }

  template <class Make>
  Series& insert(const key& labels, Make& make) {
    owned_key mine;
    owned_key exposed;
    for (std::size_t i = 0; i < Labels; ++i) {
      mine[i] = labels[i];
      exposed[i] = label_text(labels[i]);
    }
    auto series = make(exposed);
    entries_.push_back({std::move(mine), std::move(exposed), std::move(series)});
    const auto mask = slots_.size() - 1;
    auto at = hash(labels) & mask;
    while (slots_[at].load(std::memory_order_relaxed) != nullptr)
      at = (at + 1) & mask;
    slots_[at].store(&entries_.back(), std::memory_order_release);
    return entries_.back().series;
  }

  const std::size_t limit_;
  /// Open addressing; entries are only added, never removed.
  std::vector<std::atomic<entry*>> slots_;
  std::deque<entry> entries_;
  mutable std::mutex mutex_;
};

} // namespace otafleet::telemetry
