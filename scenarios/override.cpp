#include "scenarios/override.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "scenarios/check.hpp"
#include "scenarios/suggestion.hpp"
#include "scenarios/yaml.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

void relabel(node& what, const position& at) {
  what.at = at;
  for (auto& item : what.items)
    relabel(item, at);
  for (auto& one : what.members) {
    one.key_at = at;
    relabel(one.value, at);
  }
}

/// `operations[1].assign` as `operations.1.assign`: problems name places in the first form, and people copy them.
[[nodiscard]] std::string with_points(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c == '[')
      result += '.';
    else if (c != ']')
      result += c;
  }
  return result;
}

/// Walks down one path.
class walk {
public:
  walk(std::string path, position at, std::vector<problem>& problems)
      : path_(std::move(path)), rest_(path_), at_(std::move(at)), problems_(problems) {}

  /// The place of the path's value; none when there cannot be one, which was told.
  [[nodiscard]] node* find(node& document, const shape& wanted) {
    auto* where = &document;
    const auto* form = &wanted;
    while (!rest_.empty()) {
      const bool is_list = form != nullptr && (form->is == kind::list || form->is == kind::one_or_more);
      where = is_list ? item_of(*where) : member_of(*where, form);
      if (where == nullptr)
        return nullptr;
      if (is_list || (form != nullptr && form->is == kind::map))
        form = &form->inner.front();
      else
        form = form_below(form);
    }
    return where;
  }

private:
  [[nodiscard]] node* item_of(node& list) {
    const auto key = take(rest_.substr(0, rest_.find('.')));
    std::uint32_t index = 0;
    const auto [stop, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc{} || stop != key.data() + key.size() || index >= list.items.size()) {
      refuse("\"" + std::string{key} + "\" is none of the " + std::to_string(list.items.size()) +
             " entries of the list; they are counted from 0");
      return nullptr;
    }
    return &list.items[index];
  }

  [[nodiscard]] node* member_of(node& map, const shape* form) {
    // What was not a map, a word or nothing, makes room for one.
    if (map.is != node::kind::map)
      map = node{node::kind::map, {}, {}, {}, at_};
    key_ = take(next_key(map, form));
    if (form != nullptr && form->is == kind::map && !rest_.empty() && map.find(key_) == nullptr) {
      std::vector<std::string> known;
      for (const auto& one : map.members)
        known.push_back(one.key);
      refuse("the scenario has no \"" + key_ + "\" here" + did_you_mean(key_, known) +
             (known.empty() ? std::string{} : "; it has " + listed(known)));
      return nullptr;
    }
    if (form != nullptr) {
      displace(map, form->exactly_one);
      displace(map, form->at_most_one);
    }
    if (auto* known = map.find(key_))
      return known;
    map.members.push_back({key_, at_, {}});
    map.members.back().value.at = at_;
    return &map.members.back().value;
  }

  /// Of the words up to each point: all of them for a measure, the longest name that is there, or the first word.
  [[nodiscard]] std::string_view next_key(const node& map, const shape* form) const {
    if (form != nullptr && form->is == kind::map) {
      if (form->inner.front().is == kind::bound)
        return rest_;
      for (auto end = rest_.size(); end != std::string_view::npos && end != 0; end = rest_.rfind('.', end - 1)) {
        if (map.find(rest_.substr(0, end)) != nullptr)
          return rest_.substr(0, end);
      }
    }
    return rest_.substr(0, rest_.find('.'));
  }

  /// Removes the other keys of a group of which only one may be there.
  void displace(node& map, const std::vector<std::string>& group) const {
    const auto is_in = [&](const std::string& key) {
      return std::find(group.begin(), group.end(), key) != group.end();
    };
    if (is_in(key_))
      std::erase_if(map.members, [&](const member& one) { return one.key != key_ && is_in(one.key); });
  }

  [[nodiscard]] const shape* form_below(const shape* form) const {
    if (form == nullptr)
      return nullptr;
    const auto found =
        std::find_if(form->fields.begin(), form->fields.end(), [&](const field& one) { return one.name == key_; });
    return found == form->fields.end() ? nullptr : &found->of;
  }

  /// Takes `key`, which `rest_` begins with, and the point behind it off `rest_`.
  std::string_view take(std::string_view key) {
    rest_.remove_prefix(std::min(key.size() + 1, rest_.size()));
    return key;
  }

  void refuse(std::string message) { complain(problems_, at_, path_, std::move(message)); }

  std::string path_;
  std::string_view rest_;
  /// The last key of a map.
  std::string key_;
  position at_;
  std::vector<problem>& problems_;
};

} // namespace

void override_value(node& document, const shape& wanted, const std::string& given, std::vector<problem>& problems) {
  const auto equals = given.find('=');
  auto path = with_points(std::string_view{given}.substr(0, equals));
  if (equals == std::string::npos || path.empty() || path.front() == '.' || path.back() == '.' ||
      path.find("..") != std::string::npos) {
    complain(problems, {"--set " + given, 0, 0}, "", "write PATH=VALUE, as in fleets.pilot.devices=5000");
    return;
  }
  const position at{"--set " + given.substr(0, equals), 0, 0};
  auto value = read_yaml(given.substr(equals + 1), at.source);
  if (!value) {
    for (auto& one : value.error())
      complain(problems, at, path, one.message);
    return;
  }
  relabel(*value, at);
  if (auto* place = walk{std::move(path), at, problems}.find(document, wanted))
    *place = std::move(*value);
}

} // namespace otafleet::scenarios
