#include "pki/certificate_authority.hpp"

#include <array>
#include <memory>
#include <utility>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "pki/algorithms.hpp"
#include "pki/bio.hpp"

namespace otafleet::pki {
namespace {

constexpr long clock_slack_seconds = 5 * 60;
constexpr int max_days = 365 * 7000; // GeneralizedTime ends with the year 9999.
constexpr int serial_bits = 128;

template <class T, void (*Free)(T*)>
struct free_with {
  void operator()(T* object) const noexcept { Free(object); }
};

using bignum_handle = std::unique_ptr<BIGNUM, free_with<BIGNUM, BN_free>>;
using octet_string_handle = std::unique_ptr<ASN1_OCTET_STRING, free_with<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>>;
using general_name_handle = std::unique_ptr<GENERAL_NAME, free_with<GENERAL_NAME, GENERAL_NAME_free>>;
using general_names_handle = std::unique_ptr<GENERAL_NAMES, free_with<GENERAL_NAMES, GENERAL_NAMES_free>>;
using extension_handle = std::unique_ptr<X509_EXTENSION, free_with<X509_EXTENSION, X509_EXTENSION_free>>;

bool set_serial(X509* target) {
  const bignum_handle number{BN_new()};
  return number != nullptr && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(target)) != nullptr;
}

bool set_subject(X509* target, std::string_view common_name) {
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(target), NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool set_validity(X509* target, std::chrono::days valid_for) {
  return X509_time_adj_ex(X509_getm_notBefore(target), 0, -clock_slack_seconds, nullptr) != nullptr &&
         X509_time_adj_ex(X509_getm_notAfter(target), static_cast<int>(valid_for.count()), 0, nullptr) != nullptr;
}

/// `value` is this file's own text, never the caller's: the configuration syntax can be injected into.
bool add_extension(X509* target, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, target, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  const extension_handle extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value)};
  return extension != nullptr && X509_add_ext(target, extension.get(), -1) == 1;
}

general_name_handle general_name_of(const std::string& text) {
  general_name_handle name{GENERAL_NAME_new()};
  if (name == nullptr)
    return nullptr;
  if (auto* address = a2i_IPADDRESS(text.c_str()); address != nullptr) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
    return name;
  }
  static_cast<void>(last_openssl_error());
  auto* host = ASN1_IA5STRING_new();
  if (host == nullptr || ASN1_STRING_set(host, text.data(), static_cast<int>(text.size())) != 1) {
    ASN1_IA5STRING_free(host);
    return nullptr;
  }
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, host);
  return name;
}

bool is_host_or_address(std::string_view text) noexcept {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*:";
  return !text.empty() && text.size() <= 253 && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool add_alternative_names(X509* target, const std::vector<std::string>& names) {
  const general_names_handle list{GENERAL_NAMES_new()};
  if (list == nullptr)
    return false;
  for (const auto& text : names) {
    auto name = general_name_of(text);
    if (name == nullptr || sk_GENERAL_NAME_push(list.get(), name.get()) == 0)
      return false;
    static_cast<void>(name.release()); // the list's now
  }
  return X509_add1_ext_i2d(target, NID_subject_alt_name, list.get(), 0, X509V3_ADD_APPEND) == 1;
}

bool sign(X509* target, const private_key& key) {
  const auto* digest = key.type() == key_type::ed25519 ? nullptr : sha256_method();
  return X509_sign(target, key.native(), digest) > 0;
}

const char* purpose_of(certificate_use use) noexcept {
  return use == certificate_use::client ? "critical,clientAuth" : "critical,serverAuth";
}

/// What is wrong with a subject, or an empty string.
std::string objection_to(std::string_view common_name, std::chrono::days valid_for) {
  if (common_name.empty())
    return "a certificate needs a common name";
  if (valid_for.count() < 1 || valid_for.count() > max_days)
    return "a certificate is valid for 1 to " + std::to_string(max_days) + " days, not " +
           std::to_string(valid_for.count());
  return {};
}

} // namespace

tl::expected<certificate_authority, std::string> certificate_authority::create(std::string_view common_name,
                                                                               certificate_use use,
                                                                               std::chrono::days valid_for,
                                                                               key_type type) {
  if (auto objection = objection_to(common_name, valid_for); !objection.empty())
    return tl::unexpected(std::move(objection));
  auto key = private_key::generate(type);
  if (!key)
    return tl::unexpected(key.error());
  certificate_handle root{X509_new()};
  auto* const raw = root.get();
  if (raw == nullptr || X509_set_version(raw, X509_VERSION_3) != 1 || !set_serial(raw) ||
      !set_subject(raw, common_name) || X509_set_issuer_name(raw, X509_get_subject_name(raw)) != 1 ||
      !set_validity(raw, valid_for) || X509_set_pubkey(raw, key->native()) != 1 ||
      !add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE") ||
      !add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(raw, raw, NID_ext_key_usage, purpose_of(use)) ||
      !add_extension(raw, raw, NID_subject_key_identifier, "hash") || !sign(raw, *key))
    return tl::unexpected(with_reason("the root certificate \"" + std::string{common_name} + "\" could not be made"));
  return certificate_authority{std::move(*key), certificate::adopt(std::move(root))};
}

tl::expected<certificate_authority, std::string> certificate_authority::adopt(private_key key, certificate root) {
  if (X509_check_private_key(root.native(), key.native()) != 1) {
    static_cast<void>(last_openssl_error());
    return tl::unexpected(std::string{"the key is not that of the authority's certificate"});
  }
  if (X509_check_ca(root.native()) == 0)
    return tl::unexpected(std::string{"the certificate is not an authority's: it may not sign others"});
  return certificate_authority{std::move(key), std::move(root)};
}

tl::expected<certificate, std::string> certificate_authority::issue(const public_key& subject_key,
                                                                    const issue_request& request) const {
  if (auto objection = objection_to(request.common_name, request.valid_for); !objection.empty())
    return tl::unexpected(std::move(objection));
  const bool for_server = request.use == certificate_use::server;
  if (for_server && request.subject_alt_names.empty())
    return tl::unexpected(std::string{"a server certificate needs a host name or address beside its common name"});
  for (const auto& name : request.subject_alt_names)
    if (!is_host_or_address(name))
      return tl::unexpected("\"" + name + "\" is neither a host name nor an IP address");

  // RSA key exchange is the one thing a server needs more than a signature for, with TLS 1.2.
  const bool enciphers =
      for_server && subject_key.type() != key_type::ec_p256 && subject_key.type() != key_type::ed25519;
  certificate_handle leaf{X509_new()};
  auto* const raw = leaf.get();
  auto* const issuer = root_.native();
  if (raw == nullptr || X509_set_version(raw, X509_VERSION_3) != 1 || !set_serial(raw) ||
      !set_subject(raw, request.common_name) || X509_set_issuer_name(raw, X509_get_subject_name(issuer)) != 1 ||
      !set_validity(raw, request.valid_for) || X509_set_pubkey(raw, subject_key.native()) != 1 ||
      !add_extension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(raw, issuer, NID_key_usage,
                     enciphers ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") ||
      !add_extension(raw, issuer, NID_ext_key_usage, purpose_of(request.use)) ||
      !add_extension(raw, issuer, NID_subject_key_identifier, "hash") ||
      // An authority that somebody else made may have no key id to repeat.
      (X509_get0_subject_key_id(issuer) != nullptr &&
       !add_extension(raw, issuer, NID_authority_key_identifier, "keyid:always")) ||
      (!request.subject_alt_names.empty() && !add_alternative_names(raw, request.subject_alt_names)) ||
      !sign(raw, key_))
    return tl::unexpected(with_reason("the certificate for \"" + request.common_name + "\" could not be made"));
  return certificate::adopt(std::move(leaf));
}

} // namespace otafleet::pki
