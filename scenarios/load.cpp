#include "scenarios/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <functional>
#include <tuple>
#include <utility>

#include <system_error>

#include "scenarios/build.hpp"
#include "scenarios/check.hpp"
#include "scenarios/override.hpp"
#include "scenarios/shape.hpp"
#include "scenarios/yaml.hpp"

namespace otafleet::scenarios {

namespace {

constexpr std::uintmax_t largest_file = 1024 * 1024;

/// What a secret is replaced by in the resolved scenario.
constexpr const char* not_shown = "(not shown)";

[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::filesystem::path& file, const char* wanted) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed))
    return tl::unexpected(std::string{"is a directory; name "} + wanted);
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return tl::unexpected("cannot be read: " + std::generic_category().message(errno != 0 ? errno : ENOENT));
  // One byte more than allowed is enough to know.
  std::string text(largest_file + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

[[nodiscard]] tl::expected<node, std::vector<problem>> read_document(const document_text& from) {
  if (from.text.size() > largest_file)
    return tl::unexpected(std::vector<problem>{{from.source, 0, 0, "", "the file is larger than 1 MiB"}});
  return read_yaml(from.text, from.source);
}

/// Makes the scenario's backend that of the other file.
void put_live(node& document, node other, const std::string& source) {
  const position at{source, 1, 1};
  if (other.at.line == 0)
    other.at = at;
  node backend{node::kind::map, {}, {}, {}, at};
  backend.members.push_back({"live", at, std::move(other)});
  if (auto* own = document.find("backend"))
    *own = std::move(backend);
  else if (document.is == node::kind::map)
    document.members.push_back({"backend", at, std::move(backend)});
}

/// `what` has the form of `wanted`.
void hide_secrets(node& what, const shape& wanted) {
  if (wanted.secret && what.is == node::kind::scalar)
    what.text = not_shown;
  for (auto& item : what.items)
    hide_secrets(item, wanted.inner.front());
  for (auto& one : what.members) {
    if (wanted.is == shape::kind::map) {
      hide_secrets(one.value, wanted.inner.front());
      continue;
    }
    for (const auto& known : wanted.fields) {
      if (known.name == one.key)
        hide_secrets(one.value, known.of);
    }
  }
}

} // namespace

std::string problem::text() const {
  std::string where = source;
  if (line != 0)
    where += ":" + std::to_string(line) + ":" + std::to_string(column);
  return where + ": " + (path.empty() ? "" : path + ": ") + message;
}

tl::expected<loaded, std::vector<problem>> parse(std::string_view text, const std::string& source,
                                                 const std::vector<std::string>& overrides,
                                                 const std::optional<document_text>& live) {
  auto document = read_document({text, source});
  if (!document)
    return tl::unexpected(std::move(document.error()));
  std::vector<problem> problems;
  if (document->is == node::kind::nothing)
    complain(problems, {source, 1, 1}, "", "the file is empty; a scenario begins with its name");
  if (live) {
    auto other = read_document(*live);
    if (!other)
      return tl::unexpected(std::move(other.error()));
    put_live(*document, std::move(*other), live->source);
  }
  for (const auto& one : overrides)
    override_value(*document, scenario_shape(), one, problems);
  auto whole = checked(*document, scenario_shape(), "", problems);
  check_references(whole, problems);
  if (!problems.empty()) {
    // In the order of each file; what has no line, an override, comes first.
    std::stable_sort(problems.begin(), problems.end(), [](const problem& a, const problem& b) {
      return std::make_tuple(a.line != 0, std::cref(a.source), a.line, a.column) <
             std::make_tuple(b.line != 0, std::cref(b.source), b.line, b.column);
    });
    return tl::unexpected(std::move(problems));
  }
  auto content = build(whole);
  hide_secrets(whole, scenario_shape());
  return loaded{std::move(content), write_yaml(whole)};
}

tl::expected<loaded, std::vector<problem>>
load(const std::filesystem::path& file, const std::vector<std::string>& overrides, const std::filesystem::path& live) {
  const auto text = read_file(file, "a scenario file");
  if (!text)
    return tl::unexpected(std::vector<problem>{{file.string(), 0, 0, "", text.error()}});
  if (live.empty())
    return parse(*text, file.string(), overrides);
  const auto other = read_file(live, "a file with the accounts of a live backend");
  if (!other)
    return tl::unexpected(std::vector<problem>{{live.string(), 0, 0, "", other.error()}});
  return parse(*text, file.string(), overrides, document_text{*other, live.string()});
}

} // namespace otafleet::scenarios
