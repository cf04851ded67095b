// What a device remembers across power cycles: the content of aktualizr's sql.db (protocol.md section 9.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "uptane/manifest.hpp"
#include "uptane/target.hpp"
#include "uptane/trust.hpp"

namespace otafleet::device {

/// What an ECU runs; the metadata's other members are not needed to report it.
struct pending_install {
  uptane::target what;
  std::string correlation_id;
};

struct storage {
  // -- identity ---------------------------------------------------------------
  std::string device_id;
  std::string ecu_serial;
  bool has_certificate = false;
  bool is_registered = false;

  // -- device data that the server has accepted ---------------------------------
  bool sent_system_info = false;
  bool sent_installed = false;
  bool sent_network = false;
  bool sent_config = false;

  // -- Uptane -----------------------------------------------------------------
  uptane::director_trust director;
  uptane::image_trust image;

  // -- installations ----------------------------------------------------------
  std::optional<uptane::target> installed;
  /// Installed, waiting for a reboot to take effect.
  std::optional<pending_install> pending;
  /// Goes out with every manifest until one is accepted.
  std::optional<uptane::installation_report> result;
  /// Of the last assembled manifest.
  std::uint64_t report_counter = 0;
};

} // namespace otafleet::device
