#include "scenarios/load.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "scenarios/build.hpp"
#include "scenarios/check.hpp"
#include "scenarios/shape.hpp"
#include "scenarios/yaml.hpp"

namespace otafleet::scenarios {

namespace {

constexpr std::uintmax_t largest_file = 1024 * 1024;

void relabel(node& what, const position& at) {
  what.at = at;
  for (auto& item : what.items)
    relabel(item, at);
  for (auto& one : what.members) {
    one.key_at = at;
    relabel(one.value, at);
  }
}

/// Puts `path=value` into the document, making the maps on the way.
void override_value(node& document, const std::string& given, std::vector<problem>& problems) {
  const auto equals = given.find('=');
  const auto path = given.substr(0, equals);
  const position at{"--set " + path, 0, 0};
  if (equals == std::string::npos || path.empty() || path.front() == '.' || path.back() == '.') {
    complain(problems, {"--set " + given, 0, 0}, "", "write PATH=VALUE, as in fleets.pilot.devices=5000");
    return;
  }
  auto value = read_yaml(given.substr(equals + 1), at.source);
  if (!value) {
    for (auto& one : value.error())
      complain(problems, at, path, one.message);
    return;
  }
  relabel(*value, at);
  auto* where = &document;
  for (std::size_t begin = 0;;) {
    const auto end = path.find('.', begin);
    const auto key = path.substr(begin, end == std::string::npos ? end : end - begin);
    if (where->is != node::kind::map)
      *where = node{node::kind::map, {}, {}, {}, at};
    auto* next = where->find(key);
    if (next == nullptr) {
      where->members.push_back({key, at, {}});
      next = &where->members.back().value;
      next->at = at;
    }
    where = next;
    if (end == std::string::npos)
      break;
    begin = end + 1;
  }
  *where = std::move(*value);
}

} // namespace

std::string problem::text() const {
  std::string where = source;
  if (line != 0)
    where += ":" + std::to_string(line) + ":" + std::to_string(column);
  return where + ": " + (path.empty() ? "" : path + ": ") + message;
}

tl::expected<loaded, std::vector<problem>> parse(std::string_view text, const std::string& source,
                                                 const std::vector<std::string>& overrides) {
  if (text.size() > largest_file)
    return tl::unexpected(std::vector<problem>{{source, 0, 0, "", "the file is larger than 1 MiB"}});
  auto document = read_yaml(text, source);
  if (!document)
    return tl::unexpected(std::move(document.error()));
  std::vector<problem> problems;
  if (document->is == node::kind::nothing)
    complain(problems, {source, 1, 1}, "", "the file is empty; a scenario begins with its name");
  for (const auto& one : overrides)
    override_value(*document, one, problems);
  auto whole = checked(*document, scenario_shape(), "", problems);
  if (!problems.empty())
    return tl::unexpected(std::move(problems));
  auto built = build(whole);
  check_references(whole, built, problems);
  if (!problems.empty())
    return tl::unexpected(std::move(problems));
  return loaded{std::move(built), write_yaml(whole)};
}

tl::expected<loaded, std::vector<problem>> load(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const auto refuse = [&](std::string message) {
    return tl::unexpected(std::vector<problem>{{file.string(), 0, 0, "", std::move(message)}});
  };
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed))
    return refuse("is a directory; name a scenario file");
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return refuse("cannot be read: " + std::generic_category().message(errno != 0 ? errno : ENOENT));
  // One byte more than allowed is enough to know.
  std::string text(largest_file + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse(text, file.string(), overrides);
}

} // namespace otafleet::scenarios
