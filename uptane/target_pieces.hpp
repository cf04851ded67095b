// Reads the list of a long targets document target by target: parsed as a whole, 8 MiB of JSON would take 40 MiB.
// Private to this room.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uptane/json_source.hpp"

namespace otafleet::uptane {

/// A document with the members of `signed.targets` cut out.
///
/// Cutting only looks for where members begin and end. It takes nothing on trust: the document without its list is
/// parsed as any other, each member must parse alone as one member of an object, and between two of them was one comma.
/// Together that is what parsing the whole would have checked. Whatever is odd ends the attempt, and the whole is
/// parsed instead.
class target_pieces {
public:
  using element = simdjson::dom::element;
  /// Takes one target; false ends the attempt.
  using reader = std::function<bool(std::string_view filename, const element& value)>;

  /// Nothing when the text is not that of targets as a server writes them. `text` must outlive the pieces.
  [[nodiscard]] static std::optional<target_pieces> cut(std::string_view text);

  /// The document with an empty list.
  [[nodiscard]] const std::string& skeleton() const noexcept { return skeleton_; }
  [[nodiscard]] std::size_t count() const noexcept { return members_.size(); }

  /// Appends the canonical form of the list, and hands its members to `read` in that order. False when a member is not
  /// one, or when two have the same name.
  [[nodiscard]] bool append_to(std::string& out, canonical_writer& writer, const reader& read) const;

private:
  struct member {
    std::string_view key;
    /// Key, colon and value, as they stand in the text.
    std::string_view raw;
  };

  std::string skeleton_;
  std::vector<member> members_;
};

} // namespace otafleet::uptane
