// One device as a process of its own: drives the machine over the network and keeps its state in a directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "device/events.hpp"
#include "device/settings.hpp"
#include "net/transport.hpp"
#include "pki/certificate.hpp"
#include "uptane/failure.hpp"
#include "uptane/terms.hpp"

namespace otafleet::solo {

/// Sees a session at work: `--explain`, and tests that stop it in the middle. All calls come from the thread that runs
/// the session, in order.
class observer {
public:
  virtual ~observer() = default;

  /// The machine's state is on disk; its effects are not carried out yet.
  virtual void state_saved() {}
  virtual void request_leaves(const device::send_request&) {}
  virtual void reply_arrived(const device::send_request&, const net::reply&) {}
  virtual void told(const device::note&) {}
  virtual void document_begins(uptane::repository, uptane::role) {}
  /// One check of a document; `why` is null when it held.
  virtual void step_judged(uptane::repository, std::string_view role_name, std::string_view step,
                           const uptane::failure* why) {
    static_cast<void>(role_name), static_cast<void>(step), static_cast<void>(why);
  }
};

struct session_options {
  device::settings settings;
  /// Made when it is not there, readable by its owner alone: keys are in it.
  std::filesystem::path state_directory;
  /// Where images go; the state directory's `images` when empty.
  std::filesystem::path download_directory;
  /// For `provisioning_mode::shared_credentials`, as long as the device has no certificate of its own.
  std::optional<pki::credential> shared;
  /// For `provisioning_mode::device_credentials`: imported at every start (protocol.md section 2.1).
  std::optional<pki::credential> imported;
  /// The machine was really down since the last time, so a pending installation takes effect (protocol.md section 9.5).
  /// Without a value the sentinel file in the state directory tells, as with the real client's package manager `none`.
  std::optional<bool> after_reboot;
  std::uint64_t seed = 0;
};

struct session_end {
  /// False when the command did not reach its aim: no certificate, metadata refused, ...
  bool ok = true;
  /// The failure's name, as in `ExpiredMetadata::targets`, and a sentence for a person; empty when `ok`.
  std::string reason;
  std::string detail;
};

/// Runs the device until its run mode ends, or `stop` says so (asked after every event and at least every 100 ms).
/// Fails with a sentence when the state directory cannot be used: locked by another process, written by a newer
/// version, damaged, not writable.
[[nodiscard]] tl::expected<session_end, std::string> run_session(const session_options& options,
                                                                 net::transport& network, observer& watch,
                                                                 const std::function<bool()>& stop);

} // namespace otafleet::solo
