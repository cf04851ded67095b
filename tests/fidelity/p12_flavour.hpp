// PKCS#12 archives as other programs write them: what a device must be able to read.
#pragma once

#include <optional>

#include "pki/bytes.hpp"
#include "pki/certificate.hpp"

namespace otafleet::fidelity {

enum class p12_flavour {
  /// AES-256-CBC.
  aes,
  /// Not encrypted at all.
  none,
  /// 40-bit RC2 and 3DES, the default before OpenSSL 3.
  legacy,
};

/// With an empty password. Nothing when this machine's OpenSSL has no legacy provider and one is needed.
[[nodiscard]] std::optional<bytes> write_p12(const pki::credential& content, p12_flavour flavour);

} // namespace otafleet::fidelity
