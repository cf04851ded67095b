#include "net/identity.hpp"

#include <atomic>
#include <cassert>
#include <new>

#include <openssl/x509.h>

namespace otafleet::net {
namespace {

std::uint32_t next_serial() noexcept {
  static std::atomic<std::uint32_t> last{0};
  auto serial = ++last;
  return serial == 0 ? ++last : serial;
}

} // namespace

tl::expected<std::shared_ptr<const trust_store>, std::string>
trust_store::make(const std::vector<pki::certificate>& anchors) {
  if (anchors.empty())
    return tl::unexpected(std::string{"without an authority no server can be trusted"});
  pki::store_handle store{X509_STORE_new()};
  if (store == nullptr)
    throw std::bad_alloc{};
  for (const auto& anchor : anchors)
    if (X509_STORE_add_cert(store.get(), anchor.native()) != 1)
      return tl::unexpected("the authority \"" + anchor.common_name() +
                            "\" cannot be trusted: " + pki::last_openssl_error());
  return std::shared_ptr<const trust_store>{new trust_store{std::move(store), anchors}};
}

identity::identity(pki::private_key key, const pki::certificate& leaf, std::shared_ptr<const trust_store> trust,
                   sent_chain chain)
    : key_(std::move(key)), leaf_der_(leaf.der()), trust_(std::move(trust)), chain_(chain), serial_(next_serial()) {
  assert(trust_ != nullptr);
}

} // namespace otafleet::net
