// What a device remembers across power cycles: the content of aktualizr's sql.db (protocol.md section 9.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "uptane/manifest.hpp"
#include "uptane/secondary.hpp"
#include "uptane/target.hpp"
#include "uptane/trust.hpp"

namespace otafleet::device {

/// An image that is installed but waits for a reboot to take effect.
struct pending_install {
  uptane::target what;
  std::string correlation_id;
};

/// One ECU's own part.
struct ecu_memory {
  /// Empty until its key is made.
  std::string serial;
  std::optional<uptane::target> installed;
  /// The last installation's outcome, until it is reported.
  std::optional<uptane::installation_result> result;
};

/// A virtual secondary keeps its own metadata and judges them itself (protocol.md section 9.10).
struct secondary_memory : ecu_memory {
  uptane::secondary_trust trust;
  /// What its last verification failed with; goes out with its reports until the next one succeeds.
  std::string attack_detected;
};

struct storage {
  // -- identity ---------------------------------------------------------------
  std::string device_id;
  bool has_certificate = false;
  bool is_registered = false;
  /// Fingerprint of the (serial, hardware id) set that was registered; another set must be registered again.
  std::uint64_t registered_set = 0;

  // -- device data that the server has accepted ---------------------------------
  // The first bytes of their SHA-256, zero before the first time.
  std::uint64_t sent_system_info = 0;
  std::uint64_t sent_installed = 0;
  std::uint64_t sent_network = 0;
  std::uint64_t sent_config = 0;

  // -- Uptane -----------------------------------------------------------------
  uptane::director_trust director;
  uptane::image_trust image;

  // -- ECUs ---------------------------------------------------------------------
  ecu_memory primary;
  std::vector<secondary_memory> secondaries;

  // -- installations ----------------------------------------------------------
  /// Of the primary; secondaries never need a reboot.
  std::optional<pending_install> pending;
  /// Goes out with every manifest until one is accepted.
  std::optional<uptane::installation_report> result;
  /// Of the last assembled manifest.
  std::uint64_t report_counter = 0;
  /// Names of the downloads that are kept, oldest first: the last two installed (protocol.md section 9.6).
  std::vector<std::string> images;
  /// OSTree commits that were pulled completely.
  std::vector<std::string> commits;

  // -- reports ------------------------------------------------------------------
  /// Events that the backend has not taken yet, each one JSON, oldest first (protocol.md section 8.2).
  std::vector<std::string> events;
};

} // namespace otafleet::device
