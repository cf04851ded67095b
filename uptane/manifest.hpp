// The vehicle version manifest: what a device reports to the Director (protocol.md section 6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.hpp"
#include "uptane/target.hpp"

namespace otafleet::uptane {

/// Result codes as they go over the wire: `OK`, `DOWNLOAD_FAILED`, ... (include/libaktualizr/types.h in aktualizr).
struct installation_result {
  bool success = true;
  std::string code;
  std::string description;
};

struct ecu_installation_result {
  std::string ecu_serial;
  installation_result result;
};

struct installation_report {
  std::string correlation_id;
  std::vector<ecu_installation_result> items;
  std::string raw_report;
  installation_result result;
};

/// What one ECU says of itself.
struct ecu_report {
  std::string ecu_serial;
  /// `unknown` and the SHA-256 of nothing when no image was ever installed.
  std::string filepath;
  std::string sha256;
  std::uint64_t length = 0;
  /// Only the primary has one.
  std::optional<std::uint64_t> report_counter;
  std::string attacks_detected;
};

/// The report of an ECU on which nothing was ever installed.
[[nodiscard]] ecu_report untouched_ecu(std::string ecu_serial);

/// The canonical text that the ECU's own key signs.
[[nodiscard]] std::string signed_part(const ecu_report& report);

/// A signed text with its signature around it, canonical.
[[nodiscard]] std::string with_signature(const std::string& signed_text, std::string_view key_id,
                                         std::string_view method, byte_view signature);

struct signed_ecu_report {
  std::string ecu_serial;
  /// From `with_signature(signed_part(...))`.
  std::string text;
};

/// The canonical text that the primary's key signs over the whole vehicle. No two reports may be of the same ECU.
[[nodiscard]] std::string signed_part(std::string_view primary_ecu_serial, std::vector<signed_ecu_report> reports,
                                      const std::optional<installation_report>& report);

/// The body of `POST DIRECTOR/ecus` (protocol.md section 3.1).
struct ecu_registration {
  std::string ecu_serial;
  std::string hardware_id;
  /// `RSA` or `ED25519`.
  std::string key_type;
  /// From `device_key_text`.
  std::string key_text;
};

/// Canonical; the primary must be the first element.
[[nodiscard]] std::string registration_body(const std::vector<ecu_registration>& ecus);

} // namespace otafleet::uptane
