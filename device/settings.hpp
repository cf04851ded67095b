// What one device is set up to do: the part of aktualizr's configuration that changes its behaviour.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "pki/key.hpp"

namespace otafleet::device {

/// How a device gets its certificate (protocol.md sections 1 and 2).
enum class provisioning_mode { shared_credentials };

/// Settings that all devices of a fleet share. Immutable and thread safe.
struct settings {
  // -- where ------------------------------------------------------------------
  /// `tls.server`: the device gateway, without a trailing slash. The other URLs follow from it (protocol.md section
  /// 0.2).
  std::string gateway_url;

  // -- who --------------------------------------------------------------------
  provisioning_mode provisioning = provisioning_mode::shared_credentials;
  std::string hardware_id;
  pki::key_type uptane_key = pki::key_type::rsa_2048;
  /// `provision.expiry_days`, sent as text (protocol.md section 13, gotcha 12).
  std::string certificate_ttl_days = "36000";
  /// Empty: `<adverb>-<noun>-<0..999>` as aktualizr makes them up. Else `<prefix>-<index>`.
  std::string device_id_prefix;

  // -- how --------------------------------------------------------------------
  std::string user_agent = "Aktualizr/2020.10";
  /// `uptane.polling_sec`: the pause after each cycle.
  std::chrono::milliseconds polling_interval{10'000};
  /// Share of the interval by which each pause varies to both sides; aktualizr's is 0 (protocol.md section 13, gotcha
  /// 24).
  double polling_jitter = 0;
  /// How long an installation takes, drawn per installation: log-normal through these two points; zero is at once.
  std::chrono::milliseconds install_p50{0};
  std::chrono::milliseconds install_p99{0};
  /// `pacman.fake_need_reboot`: an installation is finished only after a restart.
  bool reboots = false;
  std::chrono::milliseconds reboot_takes{1'000};
};

/// What sets a device apart from the others of its fleet.
struct device_seed {
  std::uint64_t run_seed = 0;
  /// Unique in the run.
  std::uint32_t index = 0;
};

} // namespace otafleet::device
