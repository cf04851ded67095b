// What the known backends do differently, in what a device sees: one table, and small functions over it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/key.hpp"
#include "server-stub/message.hpp"
#include "server-stub/refusal.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

/// Whom the backend plays: our own best of all, stock ota-community-edition, or Airbotics.
enum class backend_like : std::uint8_t { here, ota_ce, airbotics };

/// `here`, `ota-ce` or `airbotics`; nothing for another name.
[[nodiscard]] std::optional<backend_like> backend_like_from(std::string_view name) noexcept;

/// What an error's body looks like (protocol.md section 0.5).
enum class error_form : std::uint8_t {
  /// `{"code","description","cause","errorId"}` always.
  object,
  /// The same, but plain text for what no service answers: unknown paths and wrong verbs.
  object_or_text,
  /// `{"errors":["text"]}`; `{"code":...}` where aktualizr asks for it.
  list,
};

/// Who is a device of the account.
enum class admission_rule : std::uint8_t {
  /// Whoever has a certificate of the account's CAs; entered at first sight.
  any_certificate,
  /// The same, if the common name is a UUID; others find no path that is theirs.
  uuid,
  /// Who came by POST /devices.
  provisioned,
};

enum class campaign_form : std::uint8_t { with_auto_accept, with_device_id, none };

/// The statuses of accepted reports (protocol.md sections 8.1, 8.2 and 10.9).
struct report_statuses {
  unsigned hardware;
  /// Of POST /system_info; 0 where only PUT is taken.
  unsigned hardware_by_post;
  unsigned network;
  unsigned config;
  unsigned packages;
  unsigned events;
};

struct peculiarities {
  std::string_view name;
  /// Before every device path.
  std::string_view base_path;
  error_form errors;
  admission_rule admission;

  /// There is POST /devices.
  bool provisions;
  /// Of `device_already_registered`.
  unsigned taken_id_status;
  /// Of the device certificates that it makes.
  pki::key_type device_key;
  /// Days that they are valid, whatever the client asks for; 0 does as asked.
  std::int32_t device_days;
  /// At least so long a certificate takes.
  std::chrono::seconds issue_time;

  unsigned registered_status;
  /// A second registration replaces the first; else it is answered 400 with nothing.
  bool replaces_ecus;
  /// Manifests as Airbotics' schema wants them (`strict_manifest.hpp`).
  bool strict_manifests;

  report_statuses reports;
  /// `/system_info` and `/events` are for devices that an operator entered (PUT /api/v1/devices), else 404.
  bool separate_registry;
  /// The configuration must be TOML with three certain settings.
  bool reads_config;

  /// Of a root that does not exist (yet).
  unsigned missing_root_status;
  /// There is /repo/targets/<file>.
  bool serves_images;
  /// Director targets name `uri` and `targetFormat`.
  bool directs_by_uri;
  campaign_form campaigns;
  /// What an account gets when nobody chooses.
  pki::key_type metadata_key;
};

/// Of static storage.
[[nodiscard]] const peculiarities& peculiarities_of(backend_like like) noexcept;

// -- what follows from it -------------------------------------------------------

/// The refusal in the backend's own words.
[[nodiscard]] answer to_answer(const refusal& why, error_form form);

/// The answer to a path (404) or a verb (405, `allow`) that does not exist.
[[nodiscard]] answer no_such_route(unsigned status, std::string_view allow, error_form form);

/// Of an accepted report.
[[nodiscard]] unsigned status_of_report(const report_statuses& statuses, endpoint which, verb method) noexcept;

/// The paths of the endpoint carry the device's id inside the backend, so that it must be a UUID for ota-lith.
[[nodiscard]] bool is_of_one_device(endpoint which) noexcept;

/// A path as its backend knows it: below the base path, and with the slashes together that a gateway URL with a slash
/// at its end doubles. A file name keeps its own. Nothing when it lies elsewhere.
[[nodiscard]] std::optional<std::string> path_below(std::string_view base_path, std::string_view path);

} // namespace otafleet::stub
