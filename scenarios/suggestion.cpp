#include "scenarios/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace otafleet::scenarios {

namespace {

constexpr std::size_t longest_word = 64;

/// Insertions, deletions and replacements between two words (Levenshtein).
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i != a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j != b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

} // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > longest_word)
    return {};
  const std::string* nearest = nullptr;
  auto best = word.size() / 3 + 1;
  for (const auto& one : known) {
    if (const auto d = distance(word, one); d <= best) {
      best = d == 0 ? 0 : d - 1;
      nearest = &one;
    }
  }
  return nearest == nullptr ? std::string{} : "; did you mean \"" + *nearest + "\"?";
}

std::string listed(const std::vector<std::string>& words) {
  std::string all;
  for (std::size_t i = 0; i != words.size(); ++i) {
    if (i != 0)
      all += i + 1 == words.size() ? " and " : ", ";
    all += words[i];
  }
  return all;
}

} // namespace otafleet::scenarios
