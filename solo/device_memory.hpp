// All of a device that outlives its process, but for its images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "device/storage.hpp"
#include "solo/keychain.hpp"
#include "solo/reboot_sentinel.hpp"
#include "solo/session.hpp"
#include "solo/state_store.hpp"
#include "uptane/judge.hpp"

namespace otafleet::solo {

/// What the machine remembers and the keys, in one transaction, and the sentinel beside them. Failures are sentences
/// for the user. Movable, not thread safe.
class device_memory {
public:
  /// Reads what an earlier process left, and imports the credentials of `options` (protocol.md section 2.1).
  [[nodiscard]] static tl::expected<device_memory, std::string> open(const session_options& options, uptane::judge& by);

  /// What a new machine begins with; can be taken once.
  [[nodiscard]] device::storage take_remembered() { return std::move(remembered_); }
  [[nodiscard]] keychain& keys() noexcept { return keys_; }
  /// How many processes this device has had before; makes the random choices of each its own, though all have the same
  /// seed: a second event of the same id would be lost.
  [[nodiscard]] std::uint64_t earlier_starts() const noexcept { return earlier_starts_; }

  /// An installation is pending and its sentinel is gone, unless somebody knows better.
  [[nodiscard]] bool has_rebooted(std::optional<bool> told) const;
  /// Puts the sentinel right for what the machine is told at power-on.
  [[nodiscard]] tl::expected<void, std::string> power_on(bool after_reboot);

  /// On the disk when it returns.
  [[nodiscard]] tl::expected<void, std::string> save(const device::storage& state);

private:
  device_memory(state_store store, keychain keys, device::storage remembered, reboot_sentinel sentinel);

  [[nodiscard]] tl::expected<void, std::string> import(const session_options& options);

  state_store store_;
  keychain keys_;
  device::storage remembered_;
  reboot_sentinel sentinel_;
  /// On the disk, an installation waits for a reboot.
  bool is_pending_;
  std::uint64_t earlier_starts_ = 0;
};

} // namespace otafleet::solo
