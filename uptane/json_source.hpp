// One parse of an untrusted JSON text, from which both the canonical text and the fields are read. Private to this
// room.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace simdjson::dom {
class element;
class object;
class parser;
} // namespace simdjson::dom

namespace otafleet::uptane {

inline constexpr std::size_t max_json_depth = 64;

/// Parses with the thread's own parser, whose buffers stay warm, when the text is of an ordinary size, else with one
/// that is freed again. Elements live until the source dies. At most one source may be alive in a thread.
class json_source {
public:
  json_source();
  ~json_source();
  json_source(const json_source&) = delete;
  json_source& operator=(const json_source&) = delete;

  [[nodiscard]] tl::expected<simdjson::dom::element, std::string> parse(std::string_view text);

private:
  std::unique_ptr<simdjson::dom::parser> own_;
};

using json_member = std::pair<std::string_view, simdjson::dom::element>;

/// Writes the canonical form of parsed JSON. Reusable, not thread safe.
class canonical_writer {
public:
  canonical_writer();
  ~canonical_writer();
  canonical_writer(const canonical_writer&) = delete;
  canonical_writer& operator=(const canonical_writer&) = delete;

  /// Appends `value`, which stands `depth` containers deep in its document; false when it is too deep or repeats a key,
  /// and then `fault()` says so.
  [[nodiscard]] bool append(std::string& out, const simdjson::dom::element& value, std::size_t depth);

  /// The members of `object` in canonical order; empty and a `fault()` when a key is repeated.
  [[nodiscard]] std::vector<json_member> sorted(const simdjson::dom::object& object);

  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

private:
  bool append_object(std::string& out, const simdjson::dom::object& object, std::size_t depth);
  bool push_sorted(const simdjson::dom::object& object);

  /// The members of all objects being written, innermost last: one allocation for a whole document.
  std::vector<json_member> stack_;
  std::string fault_;
};

} // namespace otafleet::uptane
