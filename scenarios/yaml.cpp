#include "scenarios/yaml.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

namespace otafleet::scenarios {

namespace {

constexpr std::size_t most_nodes = 100'000;
constexpr int deepest = 32;

[[nodiscard]] position position_of(const YAML::Mark& mark, const std::string& source) {
  if (mark.is_null())
    return {source, 0, 0};
  return {source, mark.line + 1, mark.column + 1};
}

/// Copies the library's tree, which may share branches, into one that does not.
class reader {
public:
  explicit reader(const std::string& source) : source_(source) {}

  [[nodiscard]] node read(const YAML::Node& from, const std::string& path, int depth) {
    node result;
    result.at = position_of(from.Mark(), source_);
    if (++seen_ > most_nodes || depth > deepest) {
      if (!too_large_)
        complain(result.at, path, "the document is too large or too deep; aliases may have multiplied it");
      too_large_ = true;
      return result;
    }
    if (from.IsScalar()) {
      result.is = node::kind::scalar;
      result.text = from.Scalar();
    } else if (from.IsSequence()) {
      result.is = node::kind::list;
      for (const auto& item : from) {
        if (too_large_)
          break;
        result.items.push_back(read(item, path + "[" + std::to_string(result.items.size()) + "]", depth + 1));
      }
    } else if (from.IsMap()) {
      read_members(from, path, depth, result);
    }
    return result;
  }

  [[nodiscard]] std::vector<problem>& problems() noexcept { return problems_; }

private:
  void read_members(const YAML::Node& from, const std::string& path, int depth, node& into) {
    into.is = node::kind::map;
    std::set<std::string> keys;
    for (const auto& pair : from) {
      if (too_large_)
        break;
      const auto key_at = position_of(pair.first.Mark(), source_);
      if (!pair.first.IsScalar()) {
        complain(key_at, path, "a key must be a word");
        continue;
      }
      auto key = pair.first.Scalar();
      const auto inner = path.empty() ? key : path + "." + key;
      if (!keys.insert(key).second) {
        complain(key_at, inner, "this key is there twice; remove one of them");
        continue;
      }
      auto value = read(pair.second, inner, depth + 1);
      // The library says of a value that is not there where the next thing begins.
      if (value.is == node::kind::nothing)
        value.at = key_at;
      into.members.push_back({std::move(key), key_at, std::move(value)});
    }
  }

  void complain(const position& at, std::string path, std::string message) {
    problems_.push_back({at.source, at.line, at.column, std::move(path), std::move(message)});
  }

  const std::string& source_;
  std::size_t seen_ = 0;
  bool too_large_ = false;
  std::vector<problem> problems_;
};

[[nodiscard]] bool is_short(const node& what) {
  const auto is_scalar = [](const node& one) { return one.is == node::kind::scalar; };
  if (what.is == node::kind::list)
    return std::all_of(what.items.begin(), what.items.end(), is_scalar);
  return what.members.size() <= 5 &&
         std::all_of(what.members.begin(), what.members.end(), [&](const member& m) { return is_scalar(m.value); });
}

void write(YAML::Emitter& out, const node& what, bool top) {
  if (!top && what.is != node::kind::scalar && is_short(what))
    out << YAML::Flow;
  switch (what.is) {
  case node::kind::nothing:
    out << YAML::Null;
    break;
  case node::kind::scalar:
    out << what.text;
    break;
  case node::kind::list:
    out << YAML::BeginSeq;
    for (const auto& item : what.items)
      write(out, item, false);
    out << YAML::EndSeq;
    break;
  case node::kind::map:
    out << YAML::BeginMap;
    for (const auto& one : what.members) {
      out << YAML::Key << one.key << YAML::Value;
      write(out, one.value, false);
    }
    out << YAML::EndMap;
    break;
  }
}

} // namespace

tl::expected<node, std::vector<problem>> read_yaml(std::string_view text, const std::string& source) {
  try {
    const auto documents = YAML::LoadAll(std::string{text});
    if (documents.size() > 1)
      return tl::unexpected(
          std::vector<problem>{{source, 0, 0, "", "the file holds several documents (---); keep one"}});
    reader all{source};
    auto result = all.read(documents.empty() ? YAML::Node{} : documents.front(), "", 0);
    if (!all.problems().empty())
      return tl::unexpected(std::move(all.problems()));
    return result;
  } catch (const YAML::DeepRecursion& deep) {
    const auto at = position_of(deep.mark, source);
    return tl::unexpected(
        std::vector<problem>{{source, at.line, at.column, "", "this is nested too deeply for a scenario"}});
  } catch (const YAML::Exception& wrong) {
    const auto at = position_of(wrong.mark, source);
    std::string message = "this is not YAML: " + wrong.msg;
    // What `updates.success: >= 98%` without quotes runs into: > begins a block of text.
    if (wrong.msg == YAML::ErrorMsg::CHAR_IN_BLOCK)
      message += "; put a value that begins with > in quotes, as in \">= 98%\"";
    return tl::unexpected(std::vector<problem>{{source, at.line, at.column, "", std::move(message)}});
  }
}

std::string write_yaml(const node& document) {
  YAML::Emitter out;
  write(out, document, true);
  return std::string{out.c_str()} + "\n";
}

} // namespace otafleet::scenarios
