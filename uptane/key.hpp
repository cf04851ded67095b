// TUF key objects and the two ways to name a key (protocol.md sections 4.3 and 4.4).
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/key.hpp"

namespace otafleet::uptane {

/// The text of `keyval.public` as a server writes it: SPKI PEM for RSA, lower-case hex for Ed25519.
[[nodiscard]] std::string server_key_text(const pki::public_key& key);

/// The same as a device writes it: Ed25519 in upper-case hex.
[[nodiscard]] std::string device_key_text(const pki::public_key& key);

/// `RSA` or `ED25519`; EC keys never appear in metadata and must not be passed.
[[nodiscard]] std::string_view key_type_text(const pki::public_key& key);

/// True for RSA and Ed25519 in either case: all that aktualizr knows in metadata.
[[nodiscard]] bool is_supported_key_type(std::string_view key_type) noexcept;

/// Reads a key object's two texts; `keytype` in either case. Fails for any type other than RSA and Ed25519
/// ("Unsupported key type"), for broken key material, and for RSA sizes other than 2048, 3072 and 4096.
[[nodiscard]] tl::expected<pki::public_key, std::string> key_from(std::string_view key_type, std::string_view key_text);

/// The id that ota-tuf, ota-lith and Airbotics give a key: SHA-256 of its DER SubjectPublicKeyInfo, lower-case hex.
[[nodiscard]] std::string server_key_id(const pki::public_key& key);

/// The id that aktualizr gives its own keys, also the default ECU serial: SHA-256 of the JSON string, quotes included,
/// of `key_text` without trailing newlines.
[[nodiscard]] std::string device_key_id(std::string_view key_text);

/// `rsassa-pss` or `ed25519`: what aktualizr writes as `method`.
[[nodiscard]] std::string_view device_method(const pki::public_key& key);

} // namespace otafleet::uptane
