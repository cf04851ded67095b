#include "pki/pkcs12.hpp"

#include <new>
#include <optional>
#include <utility>

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "pki/algorithms.hpp"
#include "pki/bio.hpp"
#include "pki/pkcs12_reader.hpp"

namespace otafleet::pki {
namespace {

struct stack_deleter {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); } // the certificates are not its own
};
using stack_handle = std::unique_ptr<STACK_OF(X509), stack_deleter>;

constexpr int max_written_iterations = 1'000'000;

} // namespace

tl::expected<bytes, std::string> to_pkcs12(const credential& content, std::string_view password, int iterations) {
  if (iterations < 1 || iterations > max_written_iterations)
    return tl::unexpected("a PKCS#12 work factor is 1 to " + std::to_string(max_written_iterations) + ", not " +
                          std::to_string(iterations));
  const std::string secret{password};
  const stack_handle authorities{sk_X509_new_null()};
  if (authorities == nullptr)
    throw std::bad_alloc{};
  for (const auto& authority : content.authorities)
    if (sk_X509_push(authorities.get(), authority.native()) == 0)
      throw std::bad_alloc{};

  // The integrity check is added apart (-1 here): PKCS12_create leaves its digest to a default.
  const pkcs12_handle archive{PKCS12_create(secret.c_str(), nullptr, content.key.native(), content.leaf.native(),
                                            authorities.get(), NID_aes_256_cbc, NID_aes_256_cbc, iterations, -1, 0)};
  if (archive == nullptr ||
      PKCS12_set_mac(archive.get(), secret.c_str(), -1, nullptr, 0, iterations, sha256_method()) != 1)
    return tl::unexpected(with_reason("the PKCS#12 archive could not be made"));
  const auto writer = make_writer();
  if (i2d_PKCS12_bio(writer.get(), archive.get()) != 1)
    return tl::unexpected(with_reason("the PKCS#12 archive could not be written"));
  const auto der = written(writer.get());
  return bytes{der.begin(), der.end()};
}

tl::expected<credential, std::string> from_pkcs12(byte_view der, std::string_view password) {
  auto content = read_pkcs12(der, password);
  if (!content)
    return tl::unexpected(std::move(content.error()));
  if (!content->key)
    return tl::unexpected(std::string{"the PKCS#12 archive holds no private key"});

  std::optional<certificate> leaf;
  std::vector<certificate> authorities;
  for (auto& one : content->certificates) {
    if (!leaf && X509_check_private_key(one.native(), content->key->native()) == 1)
      leaf = std::move(one);
    else
      authorities.push_back(std::move(one));
  }
  static_cast<void>(last_openssl_error()); // left by the certificates that did not match
  if (!leaf)
    return tl::unexpected(std::string{"the PKCS#12 archive holds no certificate that belongs to its private key"});
  return credential{std::move(*content->key), std::move(*leaf), std::move(authorities)};
}

} // namespace otafleet::pki
