// In what clients differ, as data: no code asks for a client by its name. docs/fidelity.md explains each line.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "uptane/rules.hpp"

namespace otafleet::device {

struct client_profile {
  std::string_view name;
  /// One connection for all requests instead of one for each (wire-trace.md, first facts).
  bool keeps_connections = false;
  /// Tries of one request that fails on the way or with a status >= 500, and the pause between them (protocol.md
  /// section 0.4).
  int http_tries = 3;
  std::chrono::milliseconds http_retry_pause{1'000};
  /// Tries of one image's download, and the first pause between them, which doubles (protocol.md section 7.1).
  int download_tries = 3;
  std::chrono::milliseconds first_download_pause{500};
  /// What the client has to report when it starts goes out before it has loaded its TLS credentials, so none of that
  /// can succeed (wire-trace.md D8).
  bool first_reports_lack_credentials = true;
  /// Where the client's verification is laxer or stricter.
  uptane::rules verification;
};

namespace profiles {

/// The real client, exactly.
inline constexpr client_profile aktualizr{.name = "aktualizr", .verification = {}};

/// The real client behind a gateway that lets it keep its connection.
inline constexpr client_profile keep_alive{.name = "keep-alive", .keeps_connections = true, .verification = {}};

/// The Uptane Standard where it asks for more than the real client does.
inline constexpr client_profile strict{.name = "strict",
                                       .first_reports_lack_credentials = false,
                                       .verification = {.director_timestamp_and_snapshot = true,
                                                        .keeps_metadata_on_new_root = true,
                                                        .snapshot_never_goes_back = true,
                                                        .terminating_ends_search = true}};

/// All of them, in the order of the documentation.
inline constexpr client_profile all[]{aktualizr, keep_alive, strict};

} // namespace profiles

/// Null when there is none of this name.
[[nodiscard]] const client_profile* find_profile(std::string_view name) noexcept;

} // namespace otafleet::device
