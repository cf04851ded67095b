// The files that a run leaves in its directory (design section 4).
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "actors/run.hpp"
#include "telemetry/run_directory.hpp"

namespace otafleet::cli {

/// Writes summary.json, scenario.yaml and devices.jsonl. Fails with a sentence that names the file.
[[nodiscard]] tl::expected<void, std::string> write_run_files(const telemetry::run_directory& directory,
                                                              const actors::run_outcome& outcome,
                                                              const std::string& resolved_yaml);

} // namespace otafleet::cli
