#include "cli/run_files.hpp"

#include <nlohmann/json.hpp>

#include "telemetry/results.hpp"

namespace otafleet::cli {

namespace {

/// One line per device; devices without a failure have no such members.
[[nodiscard]] std::string device_lines(const actors::run_outcome& outcome) {
  std::string lines;
  for (const auto& device : outcome.devices) {
    nlohmann::json line{{"fleet", device.fleet},
                        {"index", device.index},
                        {"device_id", device.device_id},
                        {"provisioned", device.provisioned},
                        {"installed", device.installed}};
    if (device.failed_steps != 0) {
      line["failed_steps"] = device.failed_steps;
      line["last_failure"] = device.last_failure;
    }
    lines += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return lines;
}

} // namespace

tl::expected<void, std::string> write_run_files(const telemetry::run_directory& directory,
                                                const actors::run_outcome& outcome, const std::string& resolved_yaml) {
  if (auto written = directory.write("scenario.yaml", resolved_yaml); !written)
    return written;
  if (auto written = directory.write("devices.jsonl", device_lines(outcome)); !written)
    return written;
  return directory.write("summary.json", telemetry::summary_json(outcome.results));
}

} // namespace otafleet::cli
