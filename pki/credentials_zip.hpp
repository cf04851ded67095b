// credentials.zip: all that a device or a publishing tool needs to join an account, in one archive.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/certificate.hpp"
#include "pki/treehub_json.hpp"

namespace otafleet::pki {

/// The entries of protocol.md section 1.1; what is empty is not in the archive. URLs are trimmed and were checked with
/// `checked_url`. PKCS#12 entries are DER as found: they open only with a password, which the archive does not hold.
struct credentials_zip {
  /// `autoprov.url`: the device gateway.
  std::optional<std::string> gateway_url{};
  /// `autoprov_credentials.p12`: the client certificate that devices provision with; see `provisioning_credential`.
  std::optional<bytes> provisioning_p12{};
  /// `server_ca.pem`: the authorities of the gateway, at least one.
  std::vector<certificate> server_ca{};
  /// `treehub.json`.
  std::optional<treehub_access> treehub{};
  /// `client_auth.p12`: a client certificate for treehub and image repository, empty password.
  std::optional<bytes> client_auth_p12{};
  /// `server.p12`: the authorities to use with `client_auth_p12`.
  std::optional<bytes> server_p12{};
  /// `tufrepo.url` in the archive's order: one, or two from Airbotics (gateway, then API).
  std::vector<std::string> tufrepo_urls{};
  /// `root.json`, `targets.pub`, `targets.sec`: JSON as found. What it says is for `uptane/` to judge.
  std::optional<std::string> root_json{};
  std::optional<std::string> targets_public_key{};
  std::optional<std::string> targets_private_key{};
  /// `api_gateway.url`.
  std::optional<std::string> api_gateway_url{};
};

/// Bounds of `read_credentials_zip`: the archive itself, one entry, and everything in it once unpacked.
inline constexpr std::size_t max_credentials_archive_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_credentials_entry_bytes = 512 * 1024;
inline constexpr std::size_t max_credentials_unpacked_bytes = 16 * 1024 * 1024;

/// Reads an archive of any format that `archive_reader` takes: zip as the servers make it, or tar and its compressions.
///
/// Entries count by their exact name at the top level; others are passed over. The archive may come from anywhere, so
/// everything is bounded. Fails with a sentence that names the entry and the remedy, never with its content: when the
/// archive cannot be read, holds none of the entries, holds one twice (`tufrepo.url` may be), or one is malformed.
[[nodiscard]] tl::expected<credentials_zip, std::string> read_credentials_zip(byte_view archive);

/// Packs a zip; the same content always gives the same bytes.
[[nodiscard]] bytes write_credentials_zip(const credentials_zip& content);

/// The credential for `POST /devices` (protocol.md section 1.3). `password` is the client's `provision.p12_password`.
/// Fails when the archive is without `autoprov_credentials.p12`, when that does not open, and when it holds no
/// authority to trust the gateway by: neither does a real client connect with such a one.
[[nodiscard]] tl::expected<credential, std::string> provisioning_credential(const credentials_zip& content,
                                                                            std::string_view password = {});

} // namespace otafleet::pki
