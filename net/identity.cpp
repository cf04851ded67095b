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

pki::store_handle empty_store() {
  pki::store_handle made{X509_STORE_new()};
  if (made == nullptr)
    throw std::bad_alloc{};
  // As libcurl does with its own: an authority among the anchors need not be a root.
  X509_STORE_set_flags(made.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return made;
}

} // namespace

tl::expected<std::shared_ptr<const trust_store>, std::string>
trust_store::make(const std::vector<pki::certificate>& anchors) {
  if (anchors.empty())
    return tl::unexpected(std::string{"without an authority no server can be trusted"});
  auto store = empty_store();
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

identity::identity(std::shared_ptr<const trust_store> trust)
    : trust_(std::move(trust)), chain_(sent_chain::leaf), serial_(next_serial()) {}

const std::shared_ptr<const identity>& identity::nobody() {
  static const std::shared_ptr<const identity> one{
      new identity{std::shared_ptr<const trust_store>{new trust_store{empty_store(), {}}}}};
  return one;
}

} // namespace otafleet::net
