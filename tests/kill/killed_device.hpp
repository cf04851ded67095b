// A device in a process of its own that dies by SIGKILL at a given step, and the protocol of what it did until then.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace otafleet::kill_test {

struct life_plan {
  std::string gateway_url;
  /// The account's shared credential, a PKCS#12 without a password.
  std::filesystem::path provisioning_p12;
  std::filesystem::path state_directory;
  std::string device_id;
  bool reboots = false;
  /// The step at which it kills itself, counted from 1; 0 lets it live.
  std::size_t dies_at = 0;
};

/// One line of its protocol: `saved`, `> PUT /director/manifest 3` (with the report counter), `< image 200`.
using protocol = std::vector<std::string>;

struct life {
  bool was_killed = false;
  int exit_code = 0;
  protocol lines;
};

/// Runs `otafleet`'s one-device session in a child process. The child is this very program, started again.
[[nodiscard]] life live(const life_plan& plan);

/// `main` of the child: call first; true when this process was the child, with `exit_code` set.
[[nodiscard]] bool was_child(int argc, char** argv, int& exit_code);

} // namespace otafleet::kill_test
