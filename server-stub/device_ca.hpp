// An own device CA as an account accepts it: the rules for a fleet root of protocol.md section 2.4. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/certificate.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

/// A certificate has one or two KiB; a body for one may have this much.
inline constexpr std::size_t max_device_ca_bytes = 16 * 1024;

/// Reads the PEM of one self-signed CA certificate that may vouch for devices now.
///
/// Fails with 400 and a code of its own for each rule that does not hold: `device_ca_with_private_key`,
/// `invalid_entity` (not exactly one certificate), `device_ca_not_self_signed`, `device_ca_without_ca_true`,
/// `device_ca_without_key_cert_sign`, `device_ca_without_extended_key_usage` (neither serverAuth, which the guide asks
/// for, nor clientAuth, which ota-lith's own has), `device_ca_expired`, `device_ca_not_yet_valid`,
/// `device_ca_weak_key` (below 112 bits of security: RSA below 2048).
[[nodiscard]] tl::expected<pki::certificate, refusal> read_device_ca(std::string_view pem);

} // namespace otafleet::stub
