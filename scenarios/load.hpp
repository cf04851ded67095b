// Reads a scenario file, tells everything that is wrong with it at once, and publishes its JSON Schema.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "scenarios/model.hpp"

namespace otafleet::scenarios {

/// One thing wrong with a scenario.
struct problem {
  /// The file, or `--set PATH` for a value from the command line.
  std::string source;
  /// Counted from 1; 0 when there is no position.
  int line = 0;
  int column = 0;
  /// `fleets.pilot.devices`.
  std::string path;
  /// What is wrong and how to put it right.
  std::string message;

  /// `file:line:column: path: message`.
  [[nodiscard]] std::string text() const;
};

struct loaded {
  scenario content;
  /// The scenario with every default filled in and every `--set` applied, as YAML; secrets are replaced by a word.
  std::string resolved_yaml;
};

/// `overrides` are `path=value` pairs as given to `--set`; the value is YAML. `live` is a file for `--live`, which
/// takes the place of the scenario's own backend; empty for none.
[[nodiscard]] tl::expected<loaded, std::vector<problem>> load(const std::filesystem::path& file,
                                                              const std::vector<std::string>& overrides = {},
                                                              const std::filesystem::path& live = {});

/// A text in memory; `source` names it in problems, and the paths in it are relative to its directory.
struct document_text {
  std::string_view text;
  std::string source;
};

/// The same for texts in memory.
[[nodiscard]] tl::expected<loaded, std::vector<problem>> parse(std::string_view text, const std::string& source,
                                                               const std::vector<std::string>& overrides = {},
                                                               const std::optional<document_text>& live = {});

/// JSON Schema draft 7 of a scenario file, generated from the same description that `load` reads by; with descriptions,
/// so that an editor completes and explains.
[[nodiscard]] std::string json_schema();

} // namespace otafleet::scenarios
