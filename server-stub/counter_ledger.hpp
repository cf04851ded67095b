// Which numbers an ECU has used already, however many: as ranges, since counters mostly count on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace otafleet::stub {

class counter_ledger {
public:
  [[nodiscard]] bool contains(std::uint64_t number) const noexcept {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const auto& range) { return range.first <= number && number <= range.second; });
  }

  /// Beyond `max_ranges` gaps the lowest one is filled: what was skipped so long ago counts as used.
  void enter(std::uint64_t number) {
    if (contains(number))
      return;
    const auto above =
        std::find_if(ranges_.begin(), ranges_.end(), [&](const auto& range) { return range.first > number; });
    const bool joins_above = above != ranges_.end() && above->first == number + 1;
    const bool joins_below = above != ranges_.begin() && std::prev(above)->second + 1 == number;
    if (joins_below && joins_above) {
      std::prev(above)->second = above->second;
      ranges_.erase(above);
    } else if (joins_below) {
      std::prev(above)->second = number;
    } else if (joins_above) {
      above->first = number;
    } else {
      ranges_.insert(above, {number, number});
    }
    if (ranges_.size() > max_ranges) {
      ranges_[1].first = ranges_[0].first;
      ranges_.erase(ranges_.begin());
    }
  }

  static constexpr std::size_t max_ranges = 32;

private:
  /// First and last, ascending, never touching.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
};

} // namespace otafleet::stub
