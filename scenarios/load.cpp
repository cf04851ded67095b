#include "scenarios/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
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
    override_value(*document, scenario_shape(), one, problems);
  auto whole = checked(*document, scenario_shape(), "", problems);
  check_references(whole, problems);
  if (!problems.empty()) {
    // In the order of the file; what has no line, an override, comes first.
    std::stable_sort(problems.begin(), problems.end(), [](const problem& a, const problem& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return tl::unexpected(std::move(problems));
  }
  return loaded{build(whole), write_yaml(whole)};
}

tl::expected<loaded, std::vector<problem>> load(const std::filesystem::path& file,
                                                const std::vector<std::string>& overrides) {
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
