#include "server-stub/device_config.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace otafleet::stub {

namespace {

enum class kind { string, number, boolean, date, array, table };

constexpr int max_depth = 16;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_bare(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/// Digits of `allowed` with single underscores between them.
bool are_digits(std::string_view text, std::string_view allowed) noexcept {
  if (text.empty() || text.front() == '_' || text.back() == '_' || text.find("__") != std::string_view::npos)
    return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return c == '_' || allowed.find(c) != std::string_view::npos; });
}

bool is_number(std::string_view text) noexcept {
  constexpr std::string_view decimal = "0123456789";
  for (const auto& [prefix, digits] : {std::pair<std::string_view, std::string_view>{"0x", "0123456789abcdefABCDEF"},
                                       {"0o", "01234567"},
                                       {"0b", "01"}})
    if (text.starts_with(prefix))
      return are_digits(text.substr(2), digits);
  if (!text.empty() && (text.front() == '+' || text.front() == '-'))
    text.remove_prefix(1);
  if (text == "inf" || text == "nan")
    return true;
  const auto exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    auto power = text.substr(exponent + 1);
    if (!power.empty() && (power.front() == '+' || power.front() == '-'))
      power.remove_prefix(1);
    if (!are_digits(power, decimal))
      return false;
    text = text.substr(0, exponent);
  }
  const auto dot = text.find('.');
  const auto whole = text.substr(0, dot);
  if (!are_digits(whole, decimal) || (whole.size() > 1 && whole.front() == '0'))
    return false;
  return dot == std::string_view::npos || are_digits(text.substr(dot + 1), decimal);
}

bool begins_like_a_date(std::string_view text) noexcept {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return (digits == 4 && text.size() >= 10 && text[4] == '-' && text[7] == '-') ||
         (digits == 2 && text.size() >= 8 && text[2] == ':' && text[5] == ':');
}

/// Reads a document into the kinds of its values by their dotted paths. Recursion is bounded by `max_depth`.
class toml_reader {
public:
  explicit toml_reader(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool read() {
    for (skip_blank(true); !at_end(); skip_blank(true)) {
      if (!(peek() == '[' ? header() : pair(table_, 0)))
        return false;
      skip_blank(false);
      if (!at_end() && peek() != '\n')
        return false;
    }
    return true;
  }

  [[nodiscard]] const std::map<std::string, kind>& values() const noexcept { return values_; }
  [[nodiscard]] std::size_t line() const noexcept {
    return 1 +
           static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
  }

private:
  [[nodiscard]] bool at_end() const noexcept { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
  bool take(std::string_view wanted) noexcept {
    if (text_.substr(at_, wanted.size()) != wanted)
      return false;
    at_ += wanted.size();
    return true;
  }

  /// White space and comments; ends of lines too when `lines`.
  void skip_blank(bool lines) noexcept {
    while (!at_end()) {
      if (peek() == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (peek() == ' ' || peek() == '\t' || (lines && peek() == '\n') || text_.substr(at_, 2) == "\r\n")
        ++at_;
      else
        return;
    }
  }

  bool header() {
    ++at_;
    const bool is_array = take("[");
    std::string path;
    if (!key(path) || !take(is_array ? "]]" : "]"))
      return false;
    // Each element of an array of tables begins anew.
    table_ = path + (is_array ? "[" + std::to_string(++array_elements_) + "]." : ".");
    return values_.emplace(table_, kind::table).second;
  }

  /// A key, dotted or not, with the blanks around it, appended to `path`.
  bool key(std::string& path) {
    for (bool first = true;; first = false) {
      skip_spaces();
      if (!first)
        path.push_back('.');
      const auto from = at_;
      if (peek() == '"' || peek() == '\'') {
        if (!string(false))
          return false;
        path.append(text_.substr(from, at_ - from));
      } else {
        while (is_bare(peek()))
          ++at_;
        if (at_ == from)
          return false;
        path.append(text_.substr(from, at_ - from));
      }
      skip_spaces();
      if (!take("."))
        return true;
    }
  }

  void skip_spaces() noexcept {
    while (peek() == ' ' || peek() == '\t')
      ++at_;
  }

  bool pair(const std::string& table, int depth) {
    auto path = table;
    if (!key(path) || !take("="))
      return false;
    skip_spaces();
    auto what = kind::table;
    return value(path, what, depth) && values_.emplace(std::move(path), what).second;
  }

  bool value(const std::string& path, kind& what, int depth) {
    if (depth > max_depth)
      return false;
    switch (peek()) {
    case '"':
    case '\'':
      what = kind::string;
      return string(true);
    case '[':
      what = kind::array;
      return array(path, depth);
    case '{':
      what = kind::table;
      return inline_table(path, depth);
    default:
      return word(what);
    }
  }

  bool string(bool may_have_lines) {
    const char quote = peek();
    const std::string three(3, quote);
    const bool has_lines = may_have_lines && take(three);
    if (!has_lines)
      ++at_;
    for (; !at_end(); ++at_) {
      if (quote == '"' && peek() == '\\') {
        ++at_;
        if (at_end() || (!has_lines && std::string_view{"btnfr\"\\uU"}.find(peek()) == std::string_view::npos))
          return false;
      } else if (has_lines ? take(three) : peek() == quote) {
        at_ += has_lines ? 0 : 1;
        return true;
      } else if ((peek() == '\n' && !has_lines) || peek() == '\0') {
        return false;
      }
    }
    return false;
  }

  bool array(const std::string& path, int depth) {
    ++at_;
    for (skip_blank(true); !take("]"); skip_blank(true)) {
      auto ignored = kind::array;
      if (!value(path + "[" + std::to_string(++array_elements_) + "]", ignored, depth + 1))
        return false;
      skip_blank(true);
      if (!take(",") && peek() != ']')
        return false;
    }
    return true;
  }

  bool inline_table(const std::string& path, int depth) {
    ++at_;
    skip_spaces();
    if (take("}"))
      return true;
    do {
      if (!pair(path + ".", depth + 1))
        return false;
      skip_spaces();
    } while (take(","));
    return take("}");
  }

  bool word(kind& what) {
    const auto from = at_;
    while (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':')
      ++at_;
    const auto text = text_.substr(from, at_ - from);
    what = text == "true" || text == "false" ? kind::boolean : begins_like_a_date(text) ? kind::date : kind::number;
    return what != kind::number || is_number(text);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string table_;
  std::size_t array_elements_ = 0;
  std::map<std::string, kind> values_;
};

} // namespace

std::optional<refusal> objection_to_config(std::string_view text) {
  toml_reader reader{text};
  if (!reader.read())
    return refusal{400, "malformed_input",
                   "the configuration is no TOML from line " + std::to_string(reader.line()) + " on"};
  const auto is = [&](const char* path, kind wanted) {
    const auto found = reader.values().find(path);
    return found != reader.values().end() && found->second == wanted;
  };
  const auto lacks = [](const char* what) {
    return refusal{400, "malformed_input", std::string{"the configuration has no "} + what};
  };
  if (!is("pacman.type", kind::string))
    return lacks("pacman.type, a string");
  if (!is("uptane.polling_sec", kind::number))
    return lacks("uptane.polling_sec, a number");
  if (!is("uptane.force_install_completion", kind::boolean))
    return lacks("uptane.force_install_completion, true or false");
  return std::nullopt;
}

} // namespace otafleet::stub
