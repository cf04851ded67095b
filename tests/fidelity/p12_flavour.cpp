#include "p12_flavour.hpp"

#include <memory>

#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "pki/handles.hpp"

namespace otafleet::fidelity {
namespace {

struct deleter {
  void operator()(OSSL_LIB_CTX* library) const noexcept { OSSL_LIB_CTX_free(library); }
  void operator()(OSSL_PROVIDER* provider) const noexcept { OSSL_PROVIDER_unload(provider); }
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); } // the certificates are not its own
};

constexpr int iterations = 2048;
constexpr int not_encrypted = -1;

} // namespace

std::optional<bytes> write_p12(const pki::credential& content, p12_flavour flavour) {
  // A library context of its own: what is read later must not profit from the legacy provider being loaded here.
  const std::unique_ptr<OSSL_LIB_CTX, deleter> library{OSSL_LIB_CTX_new()};
  const std::unique_ptr<OSSL_PROVIDER, deleter> usual{OSSL_PROVIDER_load(library.get(), "default")};
  const std::unique_ptr<OSSL_PROVIDER, deleter> old{
      flavour == p12_flavour::legacy ? OSSL_PROVIDER_load(library.get(), "legacy") : nullptr};
  if (flavour == p12_flavour::legacy && old == nullptr)
    return std::nullopt;
  int key_cipher = NID_aes_256_cbc;
  int certificate_cipher = NID_aes_256_cbc;
  if (flavour == p12_flavour::none)
    key_cipher = certificate_cipher = not_encrypted;
  if (flavour == p12_flavour::legacy) {
    key_cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    certificate_cipher = NID_pbe_WithSHA1And40BitRC2_CBC;
  }
  const std::unique_ptr<STACK_OF(X509), deleter> authorities{sk_X509_new_null()};
  for (const auto& one : content.authorities)
    sk_X509_push(authorities.get(), one.native());
  const pki::pkcs12_handle made{PKCS12_create_ex(
      "", nullptr, content.key.native(), content.leaf.native(), authorities.get(), key_cipher, certificate_cipher,
      iterations, flavour == p12_flavour::none ? not_encrypted : iterations, 0, library.get(), nullptr)};
  if (made == nullptr)
    return std::nullopt;
  bytes der(static_cast<std::size_t>(i2d_PKCS12(made.get(), nullptr)));
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_PKCS12(made.get(), &at);
  return der;
}

} // namespace otafleet::fidelity
