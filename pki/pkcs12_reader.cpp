#include "pki/pkcs12_reader.hpp"

#include <memory>
#include <utility>

#include <openssl/asn1.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "pki/bio.hpp"

namespace otafleet::pki {
namespace {

constexpr int max_nesting = 4;
constexpr std::size_t max_certificates = 64;

template <class T, void (*Free)(T*)>
struct free_with {
  void operator()(T* object) const noexcept { Free(object); }
};

void free_safes(STACK_OF(PKCS7) * safes) noexcept {
  sk_PKCS7_pop_free(safes, PKCS7_free);
}
void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) noexcept {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

using safes_handle = std::unique_ptr<STACK_OF(PKCS7), free_with<STACK_OF(PKCS7), free_safes>>;
using bags_handle = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), free_with<STACK_OF(PKCS12_SAFEBAG), free_bags>>;
using key_info_handle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, free_with<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>>;
using pbe_handle = std::unique_ptr<PBEPARAM, free_with<PBEPARAM, PBEPARAM_free>>;
using pbe2_handle = std::unique_ptr<PBE2PARAM, free_with<PBE2PARAM, PBE2PARAM_free>>;
using pbkdf2_handle = std::unique_ptr<PBKDF2PARAM, free_with<PBKDF2PARAM, PBKDF2PARAM_free>>;

/// A library context of its own: the legacy algorithms open old archives and nothing else in this process.
OSSL_LIB_CTX* archive_context() {
  static OSSL_LIB_CTX* const context = [] {
    auto* made = OSSL_LIB_CTX_new();
    if (made != nullptr) {
      OSSL_PROVIDER_load(made, "default");
      OSSL_PROVIDER_load(made, "legacy"); // may be missing; then old archives fail with a sentence
      static_cast<void>(last_openssl_error());
    }
    return made;
  }();
  return context;
}

template <class T>
T* unpacked(const X509_ALGOR* algorithm, const ASN1_ITEM* shape) {
  const ASN1_OBJECT* name = nullptr;
  int kind = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(&name, &kind, &value, algorithm);
  if (kind != V_ASN1_SEQUENCE || value == nullptr)
    return nullptr;
  return static_cast<T*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), shape));
}

int name_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* name = nullptr;
  X509_ALGOR_get0(&name, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(name);
}

/// The key derivation rounds that a password-based algorithm asks for; -1 when they cannot be told.
long iterations_of(const X509_ALGOR* algorithm) {
  if (algorithm == nullptr)
    return -1;
  if (name_of(algorithm) != NID_pbes2) {
    const pbe_handle plain{unpacked<PBEPARAM>(algorithm, ASN1_ITEM_rptr(PBEPARAM))};
    return plain == nullptr ? -1 : ASN1_INTEGER_get(plain->iter);
  }
  const pbe2_handle outer{unpacked<PBE2PARAM>(algorithm, ASN1_ITEM_rptr(PBE2PARAM))};
  if (outer == nullptr || name_of(outer->keyfunc) != NID_id_pbkdf2)
    return -1;
  const pbkdf2_handle inner{unpacked<PBKDF2PARAM>(outer->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM))};
  return inner == nullptr ? -1 : ASN1_INTEGER_get(inner->iter);
}

class reader {
public:
  reader(PKCS12* archive, std::string password) : archive_(archive), password_(std::move(password)) {}

  tl::expected<pkcs12_content, std::string> read() {
    if (!find_password())
      return tl::unexpected(failure_);
    const safes_handle safes{PKCS12_unpack_authsafes(archive_)};
    if (safes == nullptr)
      return tl::unexpected(with_reason("the PKCS#12 archive's content cannot be read"));
    for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i)
      if (!read_safe(sk_PKCS7_value(safes.get(), i)))
        return tl::unexpected(failure_);
    return std::move(content_);
  }

private:
  bool fail(std::string why) {
    failure_ = with_reason(std::move(why));
    return false;
  }

  /// Counts `iterations` against the archive's allowance.
  bool afford(long iterations) {
    if (iterations < 1)
      return fail("the PKCS#12 archive is protected in a way that is not known");
    if (iterations > max_pkcs12_iterations - spent_)
      return fail("the PKCS#12 archive asks for more than " + std::to_string(max_pkcs12_iterations) +
                  " key derivation rounds");
    spent_ += iterations;
    return true;
  }

  bool find_password() {
    if (PKCS12_mac_present(archive_) == 0)
      return true;
    const ASN1_INTEGER* count = nullptr;
    PKCS12_get0_mac(nullptr, nullptr, nullptr, &count, archive_);
    const bool empty = password_.empty();
    const long rounds = count == nullptr ? 1 : ASN1_INTEGER_get(count); // absent means 1 (RFC 7292)
    if (!afford(rounds) || (empty && !afford(rounds)))
      return false;
    if (PKCS12_verify_mac(archive_, password_.c_str(), static_cast<int>(password_.size())) == 1)
      return true;
    if (empty && PKCS12_verify_mac(archive_, nullptr, 0) == 1) {
      null_password_ = true;
      return true;
    }
    static_cast<void>(last_openssl_error());
    return fail("the PKCS#12 archive does not open with this password, or was altered");
  }

  [[nodiscard]] const char* secret() const noexcept { return null_password_ ? nullptr : password_.c_str(); }
  [[nodiscard]] int secret_size() const noexcept { return null_password_ ? 0 : static_cast<int>(password_.size()); }

  bool read_safe(PKCS7* safe) {
    bags_handle bags;
    if (PKCS7_type_is_data(safe) && safe->d.data != nullptr) {
      bags.reset(PKCS12_unpack_p7data(safe));
    } else if (PKCS7_type_is_encrypted(safe) && safe->d.encrypted != nullptr &&
               safe->d.encrypted->enc_data != nullptr) {
      if (!afford(iterations_of(safe->d.encrypted->enc_data->algorithm)))
        return false;
      bags.reset(PKCS12_unpack_p7encdata(safe, secret(), secret_size()));
    } else {
      return fail("the PKCS#12 archive has a part of an unknown kind");
    }
    if (bags == nullptr)
      return fail("a part of the PKCS#12 archive cannot be read");
    return read_bags(bags.get(), max_nesting);
  }

  bool read_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, int nesting_left) {
    if (nesting_left == 0)
      return fail("the PKCS#12 archive is nested too deeply");
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i)
      if (!read_bag(sk_PKCS12_SAFEBAG_value(bags, i), nesting_left))
        return false;
    return true;
  }

  bool read_bag(const PKCS12_SAFEBAG* bag, int nesting_left) {
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
      return take_key(PKCS12_SAFEBAG_get0_p8inf(bag));
    case NID_pkcs8ShroudedKeyBag:
      return take_shrouded_key(bag);
    case NID_certBag:
      return take_certificate(bag);
    case NID_safeContentsBag:
      return read_bags(PKCS12_SAFEBAG_get0_safes(bag), nesting_left - 1);
    default:
      return true; // revocation lists and secrets are nobody's business here
    }
  }

  bool take_shrouded_key(const PKCS12_SAFEBAG* bag) {
    const X509_SIG* shroud = PKCS12_SAFEBAG_get0_pkcs8(bag);
    const X509_ALGOR* algorithm = nullptr;
    if (shroud != nullptr)
      X509_SIG_get0(shroud, &algorithm, nullptr);
    if (!afford(iterations_of(algorithm)))
      return false;
    const key_info_handle info{PKCS12_decrypt_skey_ex(bag, secret(), secret_size(), archive_context(), nullptr)};
    return take_key(info.get());
  }

  bool take_key(const PKCS8_PRIV_KEY_INFO* info) {
    if (info == nullptr)
      return fail("the private key in the PKCS#12 archive cannot be read");
    if (content_.key)
      return fail("the PKCS#12 archive holds more than one private key");
    key_handle key{EVP_PKCS82PKEY(info)};
    if (key == nullptr)
      return fail("the private key in the PKCS#12 archive cannot be read");
    auto adopted = private_key::adopt(std::move(key));
    if (!adopted)
      return fail("the private key in the PKCS#12 archive cannot be used: " + adopted.error());
    content_.key = std::move(*adopted);
    return true;
  }

  bool take_certificate(const PKCS12_SAFEBAG* bag) {
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
      return true;
    if (content_.certificates.size() == max_certificates)
      return fail("the PKCS#12 archive holds more than " + std::to_string(max_certificates) + " certificates");
    certificate_handle handle{PKCS12_SAFEBAG_get1_cert(bag)};
    if (handle == nullptr)
      return fail("a certificate in the PKCS#12 archive cannot be read");
    content_.certificates.push_back(certificate::adopt(std::move(handle)));
    return true;
  }

  PKCS12* archive_;
  std::string password_;
  bool null_password_ = false;
  long spent_ = 0;
  pkcs12_content content_;
  std::string failure_;
};

} // namespace

tl::expected<pkcs12_content, std::string> read_pkcs12(byte_view der, std::string_view password) {
  if (der.size() > max_pkcs12_bytes)
    return tl::unexpected("a PKCS#12 archive cannot be longer than " + std::to_string(max_pkcs12_bytes) + " bytes");
  auto* shell = PKCS12_init_ex(NID_pkcs7_data, archive_context(), nullptr);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  // On failure OpenSSL frees `shell` itself and leaves null.
  PKCS12* const read = d2i_PKCS12(&shell, &at, static_cast<long>(der.size()));
  const pkcs12_handle archive{read};
  if (archive == nullptr)
    return tl::unexpected(with_reason("this is not a PKCS#12 archive"));
  return reader{archive.get(), std::string{password}}.read();
}

} // namespace otafleet::pki
