// What a device machine is told and what it asks for: its whole contact with the world.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pki/certificate.hpp"
#include "pki/key.hpp"
#include "uptane/failure.hpp"
#include "uptane/target.hpp"

namespace otafleet::device {

/// Joins an effect with the event that answers it. Unique within one machine.
enum class ticket : std::uint32_t {};

// -- effects: what the machine asks for ---------------------------------------

enum class http_method { get, post, put };

/// Which certificate a request goes out with.
enum class credential_use {
  shared,
  own,
  /// No certificate and no trusted authority: what the real client has before it loads its credentials, so the
  /// handshake fails with `unknown_ca` (wire-trace.md D8).
  none,
};

/// The places a device talks to; the metric label `endpoint`.
enum class endpoint {
  devices,
  ecus,
  system_info,
  installed,
  network,
  config,
  manifest,
  director_root,
  director_targets,
  director_timestamp,
  director_snapshot,
  image_root,
  image_timestamp,
  image_snapshot,
  image_targets,
  delegation,
  image,
  treehub,
  events,
  campaigns,
};

[[nodiscard]] std::string_view to_string(endpoint which) noexcept;

/// Send this request; answered by `http_reply`.
struct send_request {
  ticket id{};
  endpoint to{};
  http_method method{};
  credential_use as{};
  std::string url;
  std::string content_type;
  std::string body;
  std::uint64_t max_reply_bytes = 64 * 1024;
  /// Empty, or the name of the download that the body belongs to: it is then not kept but added to that download, which
  /// begins anew unless `resume_from` is its size so far. Every byte that arrives counts, whatever the status.
  std::string download;
  /// Asked for by `Range: bytes=N-`; an answer without that range fails with `range`.
  std::uint64_t resume_from = 0;
  /// Downloads have no total timeout (protocol.md section 0.4).
  bool unlimited_time = false;
  /// The second or third try after a status >= 500: goes out on the same connection (wire-trace.md D5).
  bool is_retry = false;
};

/// Make the Uptane key pair of an ECU, or take the one that was made before; answered by `key_made`. The primary is ECU
/// 0, secondaries follow in the order of the settings.
struct make_key {
  ticket id{};
  std::uint32_t ecu = 0;
  pki::key_type type{};
};

/// Sign with an ECU's Uptane key; answered by `signature_made`.
struct sign {
  ticket id{};
  std::uint32_t ecu = 0;
  std::string message;
};

/// What is there of a download; answered by `download_inspected`. A name is the hash of the image in upper case, as the
/// real client calls its files (protocol.md section 7.1).
struct inspect_download {
  ticket id{};
  std::string name;
};

/// Delete what is there of a download.
struct forget_download {
  std::string name;
};

/// The device goes down to boot again after `takes`; answered by `started` with `after_reboot`. Everything but its
/// storage and its downloads is lost.
struct reboot {
  std::chrono::milliseconds takes{};
};

/// `run_mode::once` and the other short ones are at their end.
struct finished {
  bool ok = true;
};

/// From now on `credential_use::own` is this one.
struct adopt_credential {
  pki::credential credential;
};

/// Answered by `woken`.
struct wait {
  ticket id{};
  std::chrono::milliseconds duration{};
};

/// What happens in a device's life, for metrics, timelines and reports. `detail` is for a person.
enum class milestone {
  provisioning_started,
  /// The device certificate is in hand and the ECUs are registered.
  provisioned,
  provisioning_failed,
  /// A poll ended without an error: nothing new, or an update done.
  polled,
  /// Metadata and image of `run_mode::check` are good; `detail` is the file's name.
  checked,
  manifest_refused,
  signing_failed,
  check_failed,
  update_found,
  download_started,
  download_finished,
  download_failed,
  install_started,
  install_finished,
  install_failed,
  reboot_started,
  /// The manifest that reports the update was accepted.
  update_reported,
  /// The same for an update that failed.
  failure_reported,
  /// One campaign that waits for consent; `detail` is its id and name.
  campaign_found,
  campaigns_failed,
};

[[nodiscard]] std::string_view to_string(milestone what) noexcept;

struct note {
  milestone what{};
  /// A failure's name (`ExpiredMetadata::targets`, `http-503`, `tls-handshake`), else empty.
  std::string reason;
  /// For a person: the server's words, the file's name, the correlation id.
  std::string detail;
};

using effect = std::variant<send_request, make_key, sign, adopt_credential, inspect_download, forget_download, reboot,
                            finished, wait, note>;
using effects = std::vector<effect>;

// -- events: what the machine is told -----------------------------------------

/// Power on.
struct started {
  /// The machine was really down since the last installation, not just the program.
  bool after_reboot = false;
};

struct http_reply {
  ticket id{};
  /// Empty when an HTTP answer arrived, else the transport's word: `connect`, `timeout`, `too-large`, ...
  std::string transport_failure;
  int status = 0;
  /// Empty for a download.
  std::string body;
};

struct key_made {
  ticket id{};
  pki::public_key key;
};

struct signature_made {
  ticket id{};
  /// Empty when the signer failed; `failure` then says why.
  bytes signature;
  std::string failure;
};

/// All zero and empty when there is nothing.
struct download_inspected {
  ticket id{};
  std::uint64_t bytes = 0;
  /// Lower-case hexadecimal, of what is there.
  std::string sha256;
  std::string sha512;
};

struct woken {
  ticket id{};
};

using event = std::variant<started, http_reply, key_made, signature_made, download_inspected, woken>;

} // namespace otafleet::device
