// PKCS#12 archives (RFC 7292): a key, its certificate and its authorities in one file.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/certificate.hpp"

namespace otafleet::pki {

/// Writes `content` as DER, encrypted with AES-256-CBC and an HMAC-SHA-256 integrity check.
///
/// `iterations` is PBKDF2's work factor; a server that answers thousands of devices with an empty password may keep it
/// low.
[[nodiscard]] tl::expected<bytes, std::string> to_pkcs12(const credential& content, std::string_view password,
                                                         int iterations = 2048);

/// Reads DER. Fails when the password does not fit, or when the key or its certificate is missing or the two do not
/// belong together. An archive without authorities is accepted: what that means is the caller's to say.
/// Archives are hostile until read: one above 256 KiB, or that asks for more than two million key derivation rounds, is
/// refused before any work. Unencrypted ones and those of the RC2 and 3DES age are read, as aktualizr does.
[[nodiscard]] tl::expected<credential, std::string> from_pkcs12(byte_view der, std::string_view password);

} // namespace otafleet::pki
