// What `otafleet device` is told on its command line, and the session that it means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "solo/session.hpp"

namespace CLI {
class App;
}

namespace otafleet::cli {

struct device_arguments {
  std::string credentials;
  std::string import;
  std::string gateway;
  std::string director_url;
  std::string image_url;
  std::vector<std::string> allowed_targets;
  std::string state_directory;
  std::string download_directory;
  std::vector<std::string> ecus;
  std::string hardware_id;
  std::string key_type = "rsa-2048";
  std::string profile = "aktualizr";
  std::string device_id;
  std::string poll = "10s";
  std::string pacman = "none";
  std::optional<std::uint64_t> seed;
  bool reboots = false;
  bool explain = false;
};

/// Adds the options; they are the same for all modes.
void add_device_options(CLI::App& command, device_arguments& into);

struct device_plan {
  solo::session_options session;
  /// Sentences for the user about what is odd but works.
  std::vector<std::string> warnings;
};

/// Reads the credentials and puts the session together. Fails with a sentence for the user, before anything was sent or
/// written.
[[nodiscard]] tl::expected<device_plan, std::string> plan_device(const device_arguments& arguments,
                                                                 device::run_mode mode);

} // namespace otafleet::cli
