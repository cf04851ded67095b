// A device's pre-loaded identity: the files that a factory puts into aktualizr's import folder.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/certificate.hpp"

namespace otafleet::pki {

/// The contents of the files of protocol.md section 2.1; nothing for a file that is not there.
struct import_files {
  std::optional<std::string_view> root_crt{};
  std::optional<std::string_view> client_pem{};
  std::optional<std::string_view> pkey_pem{};
  std::optional<std::string_view> gateway_url{};
};

/// What they say together.
struct imported_identity {
  /// `authorities` are those of root.crt: what the device trusts the gateway by. aktualizr does not send them.
  credential device;
  /// The certificates behind the first one in client.pem: sent after the leaf, never trusted.
  std::vector<certificate> chain;
  /// Trimmed and checked, see `checked_url`.
  std::string gateway_url;
  /// Sentences for the user about what a gateway may refuse and a device does not: an expired certificate, one without
  /// a common name, one that is not valid yet.
  std::vector<std::string> warnings;
};

/// Reads them as they would be used at `now`. Fails with a sentence that names the file and the remedy: for missing
/// files (all in one sentence), for what is not PEM, an encrypted key, two files swapped, and a key that is not the
/// certificate's.
[[nodiscard]] tl::expected<imported_identity, std::string>
read_import_folder(const import_files& files, std::chrono::system_clock::time_point now);

} // namespace otafleet::pki
