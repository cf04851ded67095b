// The file that is gone after a reboot: how a device without a boot loader knows that it was really down.
#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

namespace otafleet::solo {

/// `need_reboot` in the state directory, as with the real client's package manager `none` (protocol.md section 9.5):
/// made when an installation waits for a reboot, and whoever plays the reboot removes it.
class reboot_sentinel {
public:
  explicit reboot_sentinel(const std::filesystem::path& directory) : file_(directory / "need_reboot") {}

  [[nodiscard]] bool is_there() const;
  /// Nothing new when it is there. On the disk when it returns: a pending installation without it counts as rebooted.
  [[nodiscard]] tl::expected<void, std::string> make() const;
  [[nodiscard]] tl::expected<void, std::string> remove() const;

private:
  std::filesystem::path file_;
};

} // namespace otafleet::solo
