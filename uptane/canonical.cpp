#include "uptane/canonical.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <simdjson.h>

#include "uptane/json_source.hpp"
#include "uptane/shown.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::uint32_t replacement = 0xFFFD;

constexpr bool is_plain(char c) noexcept {
  return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80;
}

constexpr auto plain_table = [] {
  std::array<bool, 256> table{};
  for (std::size_t octet = 0; octet < table.size(); ++octet)
    table[octet] = is_plain(static_cast<char>(octet));
  return table;
}();

void append_unit(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += hex_digits[(unit >> static_cast<unsigned>(shift)) & 0xFU];
}

void append_code_point(std::string& out, std::uint32_t point) {
  if (point < 0x10000) {
    append_unit(out, point);
  } else {
    append_unit(out, 0xD800 + ((point - 0x10000) >> 10U));
    append_unit(out, 0xDC00 + ((point - 0x10000) & 0x3FFU));
  }
}

/// Takes one code point of two to four bytes from the front of `text`; of a malformed one, its first byte as U+FFFD.
std::uint32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || length > text.size()) {
    text.remove_prefix(1);
    return replacement;
  }
  std::uint32_t point = first & (0x7FU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    const auto next = static_cast<unsigned char>(text[at]);
    if ((next & 0xC0U) != 0x80) {
      text.remove_prefix(1);
      return replacement;
    }
    point = (point << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xD800 && point < 0xE000;
  if (point < smallest[length] || point > 0x10FFFF || is_surrogate) {
    text.remove_prefix(1);
    return replacement;
  }
  text.remove_prefix(length);
  return point;
}

void append_special(std::string& out, char c) {
  switch (c) {
  case '"':
    out += "\\\"";
    break;
  case '\\':
    out += "\\\\";
    break;
  case '\b':
    out += "\\b";
    break;
  case '\f':
    out += "\\f";
    break;
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    append_unit(out, static_cast<unsigned char>(c));
  }
}

template <class Number, class... Format>
void append_number(std::string& out, Number value, Format... format) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, format...).ptr;
  out.append(digits.data(), end);
}

void append_double(std::string& out, double value) {
  const auto start = out.size();
  append_number(out, value, std::chars_format::general, 17);
  if (out.find_first_of(".e", start) == std::string::npos)
    out += ".0";
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto* const end =
        std::find_if(text.begin(), text.end(), [](char c) { return !plain_table[static_cast<unsigned char>(c)]; });
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    if (static_cast<unsigned char>(text.front()) >= 0x80) {
      append_code_point(out, take_code_point(text));
    } else {
      append_special(out, text.front());
      text.remove_prefix(1);
    }
  }
  out += '"';
}

canonical_writer::canonical_writer() = default;
canonical_writer::~canonical_writer() = default;

bool canonical_writer::append(std::string& out, const simdjson::dom::element& value, std::size_t depth) {
  using simdjson::dom::element_type;
  // The getters' errors cannot occur: each follows its own type.
  switch (value.type()) {
  case element_type::OBJECT:
    return append_object(out, value.get_object().value_unsafe(), depth);
  case element_type::ARRAY: {
    if (depth >= max_json_depth) {
      fault_ = "the JSON is nested deeper than 64 levels";
      return false;
    }
    const simdjson::dom::array items = value.get_array().value_unsafe();
    char separator = '[';
    for (const auto item : items) {
      out += separator;
      if (!append(out, item, depth + 1))
        return false;
      separator = ',';
    }
    out += separator == '[' ? "[]" : "]";
    return true;
  }
  case element_type::STRING:
    append_json_string(out, value.get_string().value_unsafe());
    return true;
  case element_type::INT64:
    append_number(out, value.get_int64().value_unsafe());
    return true;
  case element_type::UINT64:
    append_number(out, value.get_uint64().value_unsafe());
    return true;
  case element_type::DOUBLE:
    append_double(out, value.get_double().value_unsafe());
    return true;
  case element_type::BOOL:
    out += value.get_bool().value_unsafe() ? "true" : "false";
    return true;
  case element_type::NULL_VALUE:
    out += "null";
    return true;
  }
  fault_ = "the JSON holds a value of no known type";
  return false;
}

bool canonical_writer::append_object(std::string& out, const simdjson::dom::object& object, std::size_t depth) {
  if (depth >= max_json_depth) {
    fault_ = "the JSON is nested deeper than 64 levels";
    return false;
  }
  const auto base = stack_.size();
  if (!push_sorted(object))
    return false;
  out += '{';
  // By index: members of members are pushed behind these and may move them.
  for (auto at = base, end = stack_.size(); at != end; ++at) {
    if (at != base)
      out += ',';
    append_json_string(out, stack_[at].first);
    out += ':';
    const auto value = stack_[at].second;
    if (!append(out, value, depth + 1))
      return false;
  }
  out += '}';
  stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(base), stack_.end());
  return true;
}

bool canonical_writer::push_sorted(const simdjson::dom::object& object) {
  const auto base = static_cast<std::ptrdiff_t>(stack_.size());
  for (const auto field : object)
    stack_.emplace_back(field.key, field.value);
  const auto begin = stack_.begin() + base;
  const auto by_key = [](const json_member& a, const json_member& b) { return a.first < b.first; };
  if (!std::is_sorted(begin, stack_.end(), by_key))
    std::sort(begin, stack_.end(), by_key);
  const auto twin =
      std::adjacent_find(begin, stack_.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twin == stack_.end())
    return true;
  fault_ = "the JSON repeats the key " + shown(twin->first);
  return false;
}

std::vector<json_member> canonical_writer::sorted(const simdjson::dom::object& object) {
  stack_.clear();
  if (!push_sorted(object))
    stack_.clear();
  return std::move(stack_);
}

tl::expected<std::string, std::string> canonical_json(std::string_view text) {
  json_source source;
  const auto root = source.parse(text);
  if (!root)
    return tl::unexpected(root.error());
  canonical_writer writer;
  std::string out;
  out.reserve(text.size());
  if (!writer.append(out, *root, 0))
    return tl::unexpected(writer.fault());
  return out;
}

} // namespace otafleet::uptane
