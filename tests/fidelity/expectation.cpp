#include "expectation.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"

namespace otafleet::fidelity {
namespace {

using nlohmann::json;

/// What the value of a word of that kind looks like.
bool has_form(std::string_view kind, const std::string& value) {
  static const std::map<std::string_view, std::regex> forms{
      {"device", std::regex{"[a-z]+-[a-z]+-[0-9]{1,3}"}},
      {"gateway", std::regex{"https://[^/]+"}},
      {"hex", std::regex{"[0-9A-F]{64}"}},
      {"ipv4", std::regex{R"([0-9]{1,3}(\.[0-9]{1,3}){3})"}},
      {"keyid", std::regex{"[0-9a-f]{64}"}},
      {"mac", std::regex{"[0-9a-f]{2}(:[0-9a-f]{2}){5}"}},
      {"pem", std::regex{"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END PUBLIC KEY-----\n"}},
      {"sha256", std::regex{"[0-9a-f]{64}"}},
      {"text", std::regex{".*"}},
      {"time", std::regex{"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"}},
      {"uuid", std::regex{"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"}}};
  const auto form = forms.find(kind);
  return form != forms.end() && std::regex_match(value, form->second);
}

bool is_word(const json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with('$');
}

} // namespace

/// One run over two documents.
class comparison {
public:
  comparison(expectation& by, std::vector<std::string>& into) : by_(by), differences_(into) {}

  void compare(const json& expected, const json& got, const std::string& at) {
    if (is_word(expected)) {
      if (!word_takes(expected.get<std::string>(), got))
        differ(at, expected, got);
    } else if (expected.is_object() && got.is_object()) {
      compare_members(expected, got, at);
    } else if (expected.is_array() && got.is_array()) {
      for (std::size_t i = 0; i < std::min(expected.size(), got.size()); ++i)
        compare(expected[i], got[i], at + '/' + std::to_string(i));
      if (expected.size() != got.size())
        differ(at, std::to_string(expected.size()) + " elements", std::to_string(got.size()));
    } else if (expected != got) {
      differ(at, expected, got);
    }
  }

private:
  bool word_takes(const std::string& word, const json& got) {
    if (word == "$object")
      return got.is_object();
    if (word == "$array")
      return got.is_array();
    if (word == "$number")
      return got.is_number();
    return got.is_string() && by_.take(word, got.get_ref<const std::string&>());
  }

  void compare_members(const json& expected, const json& got, const std::string& at) {
    std::set<std::string> known;
    for (const auto& [name, value] : expected.items()) {
      const auto resolved = by_.with_values(name);
      known.insert(resolved);
      if (const auto found = got.find(resolved); found != got.end())
        compare(value, *found, at + '/' + resolved);
      else
        differ(at + '/' + resolved, value, "nothing");
    }
    for (const auto& [name, value] : got.items())
      if (!known.contains(name))
        differ(at + '/' + name, "nothing", value);
  }

  void differ(const std::string& at, const json& expected, const json& got) {
    differences_.push_back((at.empty() ? "/" : at) + ": the real client has " + expected.dump() + ", ours " +
                           got.dump());
  }

  expectation& by_;
  std::vector<std::string>& differences_;
};

std::string expectation::value_of(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string{} : found->second;
}

std::vector<std::string> expectation::compare_json(std::string_view expected, std::string_view got) {
  std::vector<std::string> differences;
  const auto parsed = json::parse(got, nullptr, false);
  if (parsed.is_discarded())
    return {"the body is no JSON"};
  comparison{*this, differences}.compare(json::parse(expected), parsed, "");
  // As jsoncpp writes: sorted, without white space, everything beyond ASCII escaped in lower case.
  if (parsed.dump(-1, ' ', true) != got)
    differences.emplace_back("the body is not written as jsoncpp writes it");
  return differences;
}

std::vector<std::string> expectation::compare_lines(std::string_view expected, std::string_view got) {
  auto lines = json::array();
  for (std::size_t at = 0, end = 0; at <= got.size(); at = end + 1) {
    end = std::min(got.find('\n', at), got.size());
    lines.push_back(got.substr(at, end - at));
  }
  const auto wanted = json::parse(expected);
  std::vector<std::string> differences;
  for (std::size_t i = 0; i < std::max(lines.size(), wanted.size()); ++i) {
    const auto theirs = i < wanted.size() ? wanted[i].get<std::string>() : "nothing";
    const auto ours = i < lines.size() ? lines[i].get<std::string>() : "nothing";
    const auto quoted = theirs.find("\"$text\"");
    const bool same = quoted != theirs.npos ? ours.starts_with(theirs.substr(0, quoted + 1)) && ours.ends_with('"')
                                            : with_values(theirs) == ours;
    if (!same)
      differences.push_back("line " + std::to_string(i + 1) + ": the real client has " + theirs + ", ours " + ours);
  }
  return differences;
}

bool expectation::agrees(std::string_view expected, std::string_view got) {
  return expected.starts_with('$') ? take(expected, std::string{got}) : expected == got;
}

bool expectation::take(std::string_view word, const std::string& got) {
  const auto name = std::string{word.substr(1)};
  const auto kind = name.substr(0, name.find(':'));
  if (kind == "signature") {
    const auto raw = pki::from_base64(got);
    return raw && raw->size() == std::stoul(name.substr(kind.size() + 1));
  }
  constexpr std::array nameless{"ipv4", "mac", "text", "time", "uuid"};
  if (std::ranges::find(nameless, kind) != nameless.end())
    return has_form(kind, got);
  if (const auto known = values_.find(name); known != values_.end())
    return known->second == got;
  const bool taken = std::ranges::any_of(values_, [&](const auto& other) {
    return other.second == got && other.first.substr(0, other.first.find(':')) == kind;
  });
  if (taken || !has_form(kind, got))
    return false;
  values_[name] = got;
  return true;
}

std::string expectation::with_values(std::string text) const {
  // The longest names first: `$keyid:1` is not `$keyid:10`.
  for (auto each = values_.rbegin(); each != values_.rend(); ++each)
    if (const auto at = text.find('$' + each->first); at != text.npos)
      text.replace(at, each->first.size() + 1, each->second);
  return text;
}

} // namespace otafleet::fidelity
