// Takes a PKCS#12 archive apart, with a limit on the work it may ask for. Not for other rooms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"

namespace otafleet::pki {

/// An archive is a few KiB; a server may not answer with more than 64 (protocol.md section 1.3).
inline constexpr std::size_t max_pkcs12_bytes = 256 * 1024;

/// Key derivation rounds that one archive may ask for in all: a hostile one could name two thousand million.
inline constexpr long max_pkcs12_iterations = 2'000'000;

struct pkcs12_content {
  std::optional<private_key> key;
  /// In the order of the archive.
  std::vector<certificate> certificates;
};

/// Checks the integrity and reads the bags; what belongs together is for the caller to find.
///
/// An empty password is tried as OpenSSL's "" and as its NULL, which are different keys. RC2 and single-DES archives
/// are read where OpenSSL's legacy provider is installed, as aktualizr does (protocol.md section 1.2).
[[nodiscard]] tl::expected<pkcs12_content, std::string> read_pkcs12(byte_view der, std::string_view password);

} // namespace otafleet::pki
