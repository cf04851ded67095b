// Where a run leaves its files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace otafleet::telemetry {

/// A directory that exists and belongs to one run.
class run_directory {
public:
  /// Makes `path`, or `out/<scenario>-<UTC time>` when it is empty. A directory with an earlier run's summary.json is
  /// used again; any other that is not empty is refused, so that nobody's files are overwritten. Fails with a sentence.
  [[nodiscard]] static tl::expected<run_directory, std::string> create(const std::string& path,
                                                                       std::string_view scenario_name);

  /// Writes a file as a whole or not at all: a full disk leaves the former one. Fails with a sentence that names it.
  [[nodiscard]] tl::expected<void, std::string> write(const std::string& name, std::string_view content) const;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  explicit run_directory(std::filesystem::path path) noexcept : path_(std::move(path)) {}

  std::filesystem::path path_;
};

} // namespace otafleet::telemetry
