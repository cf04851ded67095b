#include "uptane/target_pieces.hpp"

#include <algorithm>

#include <simdjson.h>

#include "uptane/canonical.hpp"

namespace otafleet::uptane {
namespace {

/// A target takes some hundred bytes.
constexpr std::size_t largest_piece = 64 * 1024;
/// `targets` stands in `signed`, which stands in the document; its members are one deeper.
constexpr std::size_t depth_of_members = 3;

/// Walks over JSON that it assumes to be right. Every function returns false, or npos, when it cannot be.
class walker {
public:
  explicit walker(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] bool is_at(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }

  void skip_space() noexcept {
    while (at_ < text_.size() && (is_at(' ') || is_at('\n') || is_at('\r') || is_at('\t')))
      ++at_;
  }

  bool take(char c) noexcept {
    skip_space();
    if (!is_at(c))
      return false;
    ++at_;
    return true;
  }

  /// A string without escapes, and the colon after it.
  bool take_key(std::string_view& key) noexcept {
    if (!take('"'))
      return false;
    const auto end = text_.find('"', at_);
    if (end == std::string_view::npos)
      return false;
    key = text_.substr(at_, end - at_);
    at_ = end + 1;
    return key.find('\\') == std::string_view::npos && take(':');
  }

  /// Up to the comma or the bracket that ends the value.
  bool skip_value() noexcept {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string())
          return false;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0)
          return true;
        --depth;
      } else if (c == ',' && depth == 0) {
        return true;
      }
    }
    return false;
  }

  /// Goes into the member `wanted` of the object that begins here, which must be an object too.
  bool enter(std::string_view wanted) noexcept {
    if (!take('{'))
      return false;
    for (std::string_view key; take_key(key);) {
      skip_space();
      if (key == wanted)
        return is_at('{');
      if (!skip_value() || !take(','))
        return false;
    }
    return false;
  }

private:
  /// From the quote that opens it to the one that closes it.
  bool skip_string() noexcept {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"')
        return true;
      if (text_[at_] == '\\')
        ++at_;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Parses one piece after the other in the same memory.
class piece_parser {
public:
  piece_parser() {
    const auto error = parser_.allocate(largest_piece + 2, max_json_depth + 2);
    is_ready_ = error == simdjson::SUCCESS;
  }

  /// The one member that `raw` is.
  bool parse(std::string_view raw, json_member& member) {
    buffer_.assign(1, '{');
    buffer_ += raw;
    buffer_ += '}';
    const auto size = buffer_.size();
    buffer_.append(simdjson::SIMDJSON_PADDING, ' ');
    simdjson::dom::object object;
    if (!is_ready_ || parser_.parse(buffer_.data(), size, false).get_object().get(object) != simdjson::SUCCESS ||
        object.size() != 1)
      return false;
    const auto only = *object.begin();
    member = {only.key, only.value};
    return true;
  }

private:
  simdjson::dom::parser parser_;
  bool is_ready_ = false;
  std::string buffer_;
};

} // namespace

std::optional<target_pieces> target_pieces::cut(std::string_view text) {
  walker walk{text};
  if (!walk.enter("signed") || !walk.enter("targets") || !walk.take('{'))
    return std::nullopt;
  target_pieces result;
  const auto begin = walk.at();
  for (;;) {
    member one;
    const auto start = walk.at();
    if (!walk.take_key(one.key) || !walk.skip_value())
      return std::nullopt;
    one.raw = text.substr(start, walk.at() - start);
    if (one.raw.size() > largest_piece)
      return std::nullopt;
    result.members_.push_back(one);
    if (walk.is_at('}'))
      break;
    if (!walk.take(','))
      return std::nullopt;
  }
  result.skeleton_.reserve(text.size() - (walk.at() - begin));
  result.skeleton_ += text.substr(0, begin);
  result.skeleton_ += text.substr(walk.at());
  std::ranges::sort(result.members_, {}, &member::key);
  if (std::ranges::adjacent_find(result.members_, {}, &member::key) != result.members_.end())
    return std::nullopt;
  return result;
}

bool target_pieces::append_to(std::string& out, canonical_writer& writer, const reader& read) const {
  piece_parser parser;
  char separator = '{';
  for (const auto& one : members_) {
    json_member parsed;
    if (!parser.parse(one.raw, parsed) || parsed.first != one.key)
      return false;
    out += separator;
    separator = ',';
    append_json_string(out, parsed.first);
    out += ':';
    if (!writer.append(out, parsed.second, depth_of_members) || !read(parsed.first, parsed.second))
      return false;
  }
  out += separator == '{' ? "{}" : "}";
  return true;
}

} // namespace otafleet::uptane
