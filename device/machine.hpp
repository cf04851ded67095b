// The state machine of one device: events in, effects out. No sockets, no clock, no actors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "device/events.hpp"
#include "device/settings.hpp"
#include "device/storage.hpp"
#include "uptane/document_pool.hpp"
#include "uptane/probe.hpp"
#include "uptane/terms.hpp"

namespace otafleet::device {

/// Where a device is in its life; the metric label `state`.
enum class life_state { off, provisioning, idle, checking, downloading, installing, rebooting };

[[nodiscard]] std::string_view to_string(life_state state) noexcept;

/// Plays aktualizr's primary and its virtual secondaries from first power-on (protocol.md section 9): provisions,
/// registers its ECUs, reports itself, then polls, verifies, downloads, installs, reboots and reports for ever.
///
/// Deterministic: the same settings, seed, events and times give the same effects. Not thread safe; one thread at a
/// time.
class machine {
public:
  /// `common`, `pool` and `watch` must outlive the machine. `remembered` is what an earlier machine of this device
  /// left; with `provisioning_mode::device_credentials` it holds the certificate's common name and `has_certificate`.
  machine(const settings& common, device_seed seed, uptane::document_pool& pool, uptane::probe& watch,
          storage remembered = {});
  ~machine();
  machine(machine&&) noexcept;
  machine& operator=(machine&&) noexcept;

  /// Tells the machine what happened at `now` and returns what it wants next. Answers to tickets that are no longer
  /// open are ignored.
  [[nodiscard]] effects on(event what, uptane::utc_time now);

  // -- what it looks like from outside ----------------------------------------

  [[nodiscard]] life_state state() const noexcept;
  /// Empty until the device has chosen one.
  [[nodiscard]] const std::string& device_id() const noexcept;
  [[nodiscard]] const std::string& ecu_serial() const noexcept;
  /// The file it runs; empty before its first update.
  [[nodiscard]] const std::string& installed_filename() const noexcept;
  [[nodiscard]] const std::string& installed_sha256() const noexcept;
  [[nodiscard]] std::uint64_t report_counter() const noexcept;
  /// What must survive the next moment: whoever keeps it on disk writes it after each `on`, before he carries out the
  /// effects.
  [[nodiscard]] const storage& remembered() const noexcept;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace otafleet::device
