// What one device is set up to do: the part of aktualizr's configuration that changes its behaviour.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "device/profile.hpp"
#include "pki/key.hpp"

namespace otafleet::device {

/// How a device gets its certificate (protocol.md sections 1 and 2).
enum class provisioning_mode {
  /// The account's shared credential is traded for a certificate of its own.
  shared_credentials,
  /// The certificate is there from the start; the device is called by its common name.
  device_credentials,
};

/// What is run; aktualizr's run modes (protocol.md section 9.9).
enum class run_mode {
  /// For ever: cycle, wait, cycle.
  daemon,
  /// Provisioning, device data and one cycle.
  once,
  /// Metadata and download, nothing else: no provisioning, no report, no installation.
  check,
  /// The list of campaigns that wait for consent (protocol.md section 8.3).
  campaign_check,
};

/// `pacman.type` (protocol.md sections 7 and 9.4).
enum class package_manager { none, ostree };

struct ecu_settings {
  std::string hardware_id;
  /// Empty: the id of its Uptane key, as aktualizr names an ECU that nobody named.
  std::string serial;
  pki::key_type uptane_key = pki::key_type::rsa_2048;
  /// Share of its installations that fail, drawn per installation.
  double install_fails = 0;
};

/// Settings that all devices of a fleet share. Immutable and thread safe.
struct settings {
  // -- where ------------------------------------------------------------------
  /// `tls.server`: the device gateway, without a trailing slash. The other URLs follow from it where they are empty
  /// (protocol.md section 0.2).
  std::string gateway_url;
  std::string director_url;
  std::string repo_url;
  std::string treehub_url;

  // -- who --------------------------------------------------------------------
  provisioning_mode provisioning = provisioning_mode::shared_credentials;
  ecu_settings primary;
  /// Virtual secondaries, in the process of the primary (protocol.md section 9.10).
  std::vector<ecu_settings> secondaries;
  /// `provision.expiry_days`, sent as text (protocol.md section 13, gotcha 12).
  std::string certificate_ttl_days = "36000";
  /// `provision.device_id`; for one device, as a second one of this name would be refused for ever.
  std::string device_id;
  /// Without `device_id`: empty for `<adverb>-<noun>-<0..999>` as aktualizr makes them up, else `<prefix>-<index>`.
  std::string device_id_prefix;
  /// Without the two above: a UUID, which ota-community-edition requires (protocol.md section 0.6).
  bool uuid_device_id = false;

  // -- how --------------------------------------------------------------------
  client_profile profile = profiles::aktualizr;
  run_mode mode = run_mode::daemon;
  std::string user_agent = "Aktualizr/2020.10";
  package_manager pacman = package_manager::none;
  /// `uptane.polling_sec`: the pause after each cycle.
  std::chrono::milliseconds polling_interval{10'000};
  /// Share of the interval by which each pause varies to both sides; aktualizr's is 0 (protocol.md section 13, gotcha
  /// 24).
  double polling_jitter = 0;
  /// How long an installation takes, drawn per installation: log-normal through these two points; zero is at once.
  std::chrono::milliseconds install_p50{0};
  std::chrono::milliseconds install_p99{0};
  /// `pacman.fake_need_reboot`: an installation on the primary is finished only after a restart. OSTree always is.
  bool reboots = false;
  std::chrono::milliseconds reboot_takes{1'000};
  /// `telemetry.report_network`, `telemetry.report_config`.
  bool reports_network = true;
  bool reports_config = true;
  /// Whether there is an `lshw` whose output can be sent.
  bool has_system_info = true;
  /// The images of the last two installations are kept (protocol.md section 9.6); else none, as a fleet has no use for
  /// them.
  bool keeps_images = true;
};

/// What sets a device apart from the others of its fleet.
struct device_seed {
  std::uint64_t run_seed = 0;
  /// Unique in the run.
  std::uint32_t index = 0;
};

} // namespace otafleet::device
