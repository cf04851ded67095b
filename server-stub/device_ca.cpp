#include "server-stub/device_ca.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace otafleet::stub {

namespace {

constexpr int min_security_bits = 112;

std::optional<refusal> objection_to(const pki::certificate& ca) {
  const auto refused = [](std::string_view code, std::string why) { return refusal{400, code, std::move(why)}; };
  auto* const native = ca.native();
  if (!ca.is_signed_by(ca))
    return refused("device_ca_not_self_signed", "a device CA is a root: its certificate is signed with its own key");
  const auto flags = X509_get_extension_flags(native);
  if ((flags & EXFLAG_INVALID) != 0)
    return refused("invalid_entity", "the certificate has extensions that contradict each other or cannot be read");
  if ((flags & EXFLAG_CA) == 0)
    return refused("device_ca_without_ca_true", "a device CA needs the extension basicConstraints=CA:TRUE");
  if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(native) & KU_KEY_CERT_SIGN) == 0)
    return refused("device_ca_without_key_cert_sign", "a device CA needs the extension keyUsage=keyCertSign");
  constexpr std::uint32_t wanted = XKU_SSL_SERVER | XKU_SSL_CLIENT;
  if ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage(native) & wanted) == 0)
    return refused("device_ca_without_extended_key_usage",
                   "a device CA needs the extension extendedKeyUsage=serverAuth or clientAuth");
  if (X509_cmp_current_time(X509_get0_notAfter(native)) <= 0)
    return refused("device_ca_expired", "the certificate has expired; make a new one");
  if (X509_cmp_current_time(X509_get0_notBefore(native)) >= 0)
    return refused("device_ca_not_yet_valid", "the certificate is not valid yet; check the clock of who made it");
  const auto* key = X509_get0_pubkey(native);
  if (key == nullptr || EVP_PKEY_get_security_bits(key) < min_security_bits)
    return refused("device_ca_weak_key", "a device CA needs a key that lasts: EC P-256, Ed25519 or RSA from 2048 bits");
  return std::nullopt;
}

} // namespace

tl::expected<pki::certificate, refusal> read_device_ca(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos)
    return tl::unexpected(refusal{400, "device_ca_with_private_key",
                                  "keep the private key to yourself: the CA's certificate is all that is needed"});
  if (pem.size() > max_device_ca_bytes)
    return tl::unexpected(refusal{413, "payload_too_large", "a CA certificate has at most 16 KiB"});
  auto read = pki::certificate::bundle_from_pem(pem);
  if (!read || read->size() != 1)
    return tl::unexpected(refusal{400, "invalid_entity", "send one certificate in PEM: -----BEGIN CERTIFICATE-----"});
  if (auto objection = objection_to(read->front()))
    return tl::unexpected(std::move(*objection));
  return std::move(read->front());
}

} // namespace otafleet::stub
