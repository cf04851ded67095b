#include "scenarios/check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <utility>

#include <system_error>

#include "scenarios/address.hpp"
#include "scenarios/bound.hpp"
#include "scenarios/suggestion.hpp"
#include "scenarios/units.hpp"
#include "scenarios/yaml.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

constexpr std::size_t longest_text = 4'096;
constexpr std::size_t longest_name = 64;

/// Words of later versions; better told apart from misspellings.
constexpr std::array<std::string_view, 9> not_yet{"hsm",     "tls",    "image_keys", "include", "promote",
                                                  "network", "revoke", "pause",      "check"};

class checker {
public:
  explicit checker(std::vector<problem>& problems) : problems_(problems) {}

  [[nodiscard]] node check(const node& given, const shape& wanted, const std::string& path) {
    switch (wanted.is) {
    case kind::object:
      return object(given, wanted, path);
    case kind::word_or_object:
      if (given.is == node::kind::scalar)
        return one_of_words(given, wanted, path);
      return object(given, wanted, path);
    case kind::map:
      return map(given, wanted, path);
    case kind::list:
      return list(given, wanted, path);
    case kind::one_or_more:
      if (given.is == node::kind::list)
        return list(given, wanted, path);
      return check(given, wanted.inner.front(), path);
    default:
      return scalar(given, wanted, path);
    }
  }

private:
  // -- compound values ----------------------------------------------------------

  [[nodiscard]] node object(const node& given, const shape& wanted, const std::string& path) {
    node result;
    result.is = node::kind::map;
    result.at = given.at;
    // `stub:` with nothing behind it means the defaults, as in other YAML tools.
    if (given.is != node::kind::map && given.is != node::kind::nothing) {
      refuse(given, path, "must be a map with the keys " + listed(names_of(wanted)));
      return result;
    }
    for (const auto& one : given.members)
      check_key(one, wanted, path);
    check_groups(given, wanted, path);
    for (const auto& one : wanted.fields) {
      const auto inner = below(path, one.name);
      if (const auto* value = given.find(one.name)) {
        result.members.push_back({one.name, value->at, check(*value, one.of, inner)});
      } else if (!one.fallback.empty()) {
        const auto fallback = read_yaml(one.fallback, "default").value();
        result.members.push_back({one.name, given.at, check(fallback, one.of, inner)});
      } else if (one.required) {
        refuse(given, inner, "is missing; " + one.of.meaning);
      }
    }
    return result;
  }

  void check_key(const member& given, const shape& wanted, const std::string& path) {
    const auto names = names_of(wanted);
    if (std::find(names.begin(), names.end(), given.key) != names.end())
      return;
    std::string message = "there is no key \"" + given.key + "\" here";
    if (std::find(not_yet.begin(), not_yet.end(), given.key) != not_yet.end())
      message = "\"" + given.key + "\" is not supported by this version";
    message += did_you_mean(given.key, names) + "; known are " + listed(names);
    complain(problems_, given.key_at, below(path, given.key), std::move(message));
  }

  void check_groups(const node& given, const shape& wanted, const std::string& path) {
    const auto present = [&](const std::vector<std::string>& group) {
      return std::count_if(group.begin(), group.end(), [&](const auto& name) { return given.find(name) != nullptr; });
    };
    if (!wanted.exactly_one.empty() && present(wanted.exactly_one) != 1)
      refuse(given, path, "needs exactly one of " + listed(wanted.exactly_one));
    if (!wanted.at_most_one.empty() && present(wanted.at_most_one) > 1)
      refuse(given, path, "takes only one of " + listed(wanted.at_most_one));
  }

  [[nodiscard]] node map(const node& given, const shape& wanted, const std::string& path) {
    node result;
    result.is = node::kind::map;
    result.at = given.at;
    if (given.is != node::kind::map) {
      refuse(given, path, "must be a map from names to values");
      return result;
    }
    if (given.members.empty() && !wanted.may_be_empty)
      refuse(given, path, "must hold at least one");
    for (const auto& one : given.members) {
      const auto inner = below(path, one.key);
      if (wanted.inner.front().is != kind::bound)
        check_name(one.key, one.key_at, inner);
      result.members.push_back({one.key, one.key_at, check(one.value, wanted.inner.front(), inner)});
      if (wanted.inner.front().is == kind::bound)
        check_bound(one, inner);
    }
    return result;
  }

  [[nodiscard]] node list(const node& given, const shape& wanted, const std::string& path) {
    node result;
    result.is = node::kind::list;
    result.at = given.at;
    if (given.is != node::kind::list) {
      refuse(given, path, "must be a list");
      return result;
    }
    if (given.items.empty() && !wanted.may_be_empty)
      refuse(given, path, "must hold at least one");
    for (std::size_t i = 0; i != given.items.size(); ++i)
      result.items.push_back(check(given.items[i], wanted.inner.front(), path + "[" + std::to_string(i) + "]"));
    return result;
  }

  // -- single values ------------------------------------------------------------

  [[nodiscard]] node scalar(const node& given, const shape& wanted, const std::string& path) {
    if (given.is != node::kind::scalar) {
      refuse(given, path, "must be one value; " + wanted.meaning);
      return given;
    }
    const auto& text = given.text;
    switch (wanted.is) {
    case kind::name:
      check_name(text, given.at, path);
      break;
    case kind::integer:
      check_integer(given, wanted, path);
      break;
    case kind::boolean:
      if (text != "true" && text != "false")
        refuse(given, path, "\"" + text + "\" is neither true nor false");
      break;
    case kind::choice:
      return one_of_words(given, wanted, path);
    case kind::time_span:
      report(read_duration(text), given, path);
      break;
    case kind::span_or_word:
      if (std::find(wanted.words.begin(), wanted.words.end(), text) == wanted.words.end())
        report(read_duration(text), given, path);
      break;
    case kind::size:
      report(read_size(text), given, path);
      break;
    case kind::path:
      return whole_path(given, path);
    case kind::url:
      report(read_url(text), given, path);
      break;
    case kind::rate:
      report(read_rate(text), given, path);
      break;
    case kind::share:
      report(read_share(text), given, path);
      break;
    case kind::milestone:
      report(read_moment(text), given, path);
      break;
    default:
      if (text.size() > longest_text)
        refuse(given, path, "is longer than 4096 characters");
    }
    return given;
  }

  [[nodiscard]] node one_of_words(const node& given, const shape& wanted, const std::string& path) {
    if (std::find(wanted.words.begin(), wanted.words.end(), given.text) == wanted.words.end()) {
      auto message =
          "\"" + given.text.substr(0, longest_name) + "\" is not known here" + did_you_mean(given.text, wanted.words);
      message += "; write " + listed(wanted.words);
      if (!wanted.exactly_one.empty())
        message += ", or a map with " + listed(wanted.exactly_one);
      refuse(given, path, std::move(message));
    }
    return given;
  }

  /// A path that means the same wherever the resolved scenario is read.
  [[nodiscard]] node whole_path(const node& given, const std::string& path) {
    if (given.text.empty() || given.text.size() > longest_text || given.text.find('\0') != std::string::npos) {
      refuse(given, path, "must be the path of a file or directory");
      return given;
    }
    // What comes from the command line has no line; it is relative to where the program was started.
    const auto base =
        given.at.line == 0 ? std::filesystem::path{} : std::filesystem::path{given.at.source}.parent_path();
    std::error_code failed;
    auto whole = std::filesystem::absolute(base / given.text, failed);
    if (failed) {
      refuse(given, path, "cannot be resolved: " + failed.message());
      return given;
    }
    auto result = given;
    result.text = whole.lexically_normal().string();
    return result;
  }

  void check_integer(const node& given, const shape& wanted, const std::string& path) {
    std::uint64_t value = 0;
    const auto* end = given.text.data() + given.text.size();
    const auto [stop, error] = std::from_chars(given.text.data(), end, value);
    if (error != std::errc{} || stop != end)
      refuse(given, path, "\"" + given.text.substr(0, longest_name) + "\" is not a whole number");
    else if (value < wanted.least || value > wanted.most)
      refuse(given, path,
             given.text + " is not between " + std::to_string(wanted.least) + " and " + std::to_string(wanted.most));
  }

  /// Names become parts of URLs, certificates and labels.
  void check_name(const std::string& text, const position& at, const std::string& path) {
    const auto is_allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.';
    };
    if (text.empty() || text.size() > longest_name || !std::all_of(text.begin(), text.end(), is_allowed) ||
        text.front() == '.')
      complain(problems_, at, path,
               "\"" + text.substr(0, longest_name) + "\" cannot be a name; take 1 to 64 letters, digits, - _ or .");
  }

  void check_bound(const member& given, const std::string& path) {
    if (given.value.is != node::kind::scalar)
      return;
    if (const auto read = read_threshold(given.key, given.value.text); !read)
      refuse(given.value, path, read.error());
  }

  // -- helpers ------------------------------------------------------------------

  template <class Value>
  void report(const tl::expected<Value, std::string>& read, const node& given, const std::string& path) {
    if (!read)
      refuse(given, path, read.error());
  }

  void refuse(const node& given, const std::string& path, std::string message) {
    complain(problems_, given.at, path, std::move(message));
  }

  [[nodiscard]] static std::vector<std::string> names_of(const shape& object) {
    std::vector<std::string> names;
    for (const auto& one : object.fields)
      names.push_back(one.name);
    return names;
  }

  [[nodiscard]] static std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  std::vector<problem>& problems_;
};

} // namespace

node checked(const node& given, const shape& wanted, const std::string& path, std::vector<problem>& problems) {
  return checker{problems}.check(given, wanted, path);
}

void complain(std::vector<problem>& problems, const position& at, std::string path, std::string message) {
  problems.push_back({at.source, at.line, at.column, std::move(path), std::move(message)});
}

} // namespace otafleet::scenarios
