// CAs for tests, with the extensions and dates that a test asks for.
#pragma once

#include <stdexcept>
#include <string>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "pki/certificate.hpp"
#include "pki/key.hpp"

namespace otafleet::stub::testing {

/// What the guide's generate-selfsigned-root makes, before a test bends it. Empty extensions are left out.
struct forged_ca {
  std::string common_name = "fleet root";
  std::string basic_constraints = "CA:TRUE";
  std::string key_usage = "keyCertSign";
  std::string extended_key_usage = "critical,serverAuth";
  /// Days from now.
  int from = -1;
  int to = 3650;
  pki::private_key key = pki::private_key::generate(pki::key_type::ec_p256).value();

  /// Signed with `signer`, its own key when there is none.
  [[nodiscard]] pki::certificate make(const pki::private_key* signer = nullptr) const {
    return finish(common_name, key, signer == nullptr ? key : *signer, true);
  }

  /// A device's certificate from this CA.
  [[nodiscard]] pki::credential issue(const std::string& device, pki::key_type type = pki::key_type::ec_p256) const {
    auto device_key = pki::private_key::generate(type).value();
    auto leaf = finish(device, device_key, key, false);
    return {std::move(device_key), std::move(leaf), {}};
  }

private:
  [[nodiscard]] pki::certificate finish(const std::string& subject, const pki::private_key& subject_key,
                                        const pki::private_key& signer, bool is_ca) const {
    pki::certificate_handle made{X509_new()};
    auto* const x = made.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), is_ca ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x), from * 86'400L);
    X509_gmtime_adj(X509_getm_notAfter(x), to * 86'400L);
    name(X509_get_subject_name(x), subject);
    name(X509_get_issuer_name(x), common_name);
    X509_set_pubkey(x, subject_key.native());
    if (is_ca) {
      extension(x, NID_basic_constraints, basic_constraints);
      extension(x, NID_key_usage, key_usage);
      extension(x, NID_ext_key_usage, extended_key_usage);
    } else {
      extension(x, NID_key_usage, "critical,digitalSignature");
      extension(x, NID_ext_key_usage, "critical,clientAuth");
    }
    if (X509_sign(x, signer.native(), signer.type() == pki::key_type::ed25519 ? nullptr : EVP_sha256()) == 0)
      throw std::runtime_error{"a test certificate could not be signed"};
    return pki::certificate::adopt(std::move(made));
  }

  static void name(X509_NAME* into, const std::string& text) {
    X509_NAME_add_entry_by_NID(into, NID_commonName, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
  }

  static void extension(X509* to, int nid, const std::string& value) {
    if (value.empty())
      return;
    X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    if (made == nullptr || X509_add_ext(to, made, -1) != 1)
      throw std::runtime_error{"a test extension could not be made"};
    X509_EXTENSION_free(made);
  }
};

} // namespace otafleet::stub::testing
