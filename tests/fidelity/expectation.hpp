// Compares what a device sent with what the real client sent, where serials, keys and times differ by nature.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otafleet::fidelity {

/// What the words of the expected texts stand for (README.md lists them). A word with a name, `$keyid:0`, takes its
/// value where it is first met and stands for the same one ever after, and no two of a kind stand for the same: so that
/// a device that changes its serial, or two ECUs with one key, do not go unseen.
class expectation {
public:
  /// `name` without the `$`.
  void bind(const std::string& name, std::string value) { values_[name] = std::move(value); }
  /// The value of a name; empty when it has none yet.
  [[nodiscard]] std::string value_of(const std::string& name) const;

  /// Each difference as a sentence, with the place in the document; none when they agree. `expected` must be JSON.
  [[nodiscard]] std::vector<std::string> compare_json(std::string_view expected, std::string_view got);
  /// The same for text, line by line; `expected` is a JSON array of what stands between its line breaks.
  [[nodiscard]] std::vector<std::string> compare_lines(std::string_view expected, std::string_view got);
  /// The same for one text without structure.
  [[nodiscard]] bool agrees(std::string_view expected, std::string_view got);

private:
  friend class comparison;

  [[nodiscard]] bool take(std::string_view word, const std::string& got);
  [[nodiscard]] std::string with_values(std::string text) const;

  std::map<std::string, std::string> values_;
};

} // namespace otafleet::fidelity
