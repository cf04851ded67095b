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
enum class credential_use { shared, own };

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
  image_root,
  image_timestamp,
  image_snapshot,
  image_targets,
  image,
  events,
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
  /// Hash the body instead of keeping it.
  bool digest_body = false;
  /// Downloads have no total timeout (protocol.md section 0.4).
  bool unlimited_time = false;
  /// The second or third try after a status >= 500: goes out on the same connection (wire-trace.md D5).
  bool is_retry = false;
};

/// Make the Uptane key pair of this device; answered by `key_made`.
struct make_key {
  ticket id{};
  pki::key_type type{};
};

/// Sign with the device's Uptane key; answered by `signature_made`.
struct sign {
  ticket id{};
  std::string message;
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
};

[[nodiscard]] std::string_view to_string(milestone what) noexcept;

struct note {
  milestone what{};
  /// A failure's name (`ExpiredMetadata::targets`, `http-503`, `tls-handshake`), else empty.
  std::string reason;
  /// For a person: the server's words, the file's name, the correlation id.
  std::string detail;
};

using effect = std::variant<send_request, make_key, sign, adopt_credential, wait, note>;
using effects = std::vector<effect>;

// -- events: what the machine is told -----------------------------------------

/// Power on.
struct started {};

struct http_reply {
  ticket id{};
  /// Empty when an HTTP answer arrived, else the transport's word: `connect`, `timeout`, `too-large`, ...
  std::string transport_failure;
  int status = 0;
  std::string body;
  /// Only for `digest_body`.
  std::uint64_t body_bytes = 0;
  std::string sha256;
  std::string sha512;
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

struct woken {
  ticket id{};
};

using event = std::variant<started, http_reply, key_made, signature_made, woken>;

} // namespace otafleet::device
