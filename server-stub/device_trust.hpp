// Whose devices a client certificate makes one: the CAs of all accounts, also those added while devices connect
// (protocol.md sections 0.6 and 2.4).
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <openssl/types.h>
#include <tl/expected.hpp>

#include "pki/certificate.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

class account;

inline constexpr std::size_t max_device_cas = 100;

/// Thread safe. Handshakes look at a list that never changes; to add a CA makes a new list for those that begin after.
class device_trust {
public:
  /// Lets `ca`, which `read_device_ca` or the account itself made, vouch for devices of `owner`; false when it does so
  /// already. Fails with 409 `conflicting_entity` when the CA's key vouches for another account's devices, and
  /// `too_many_elements` beyond `max_device_cas` an account.
  [[nodiscard]] tl::expected<bool, refusal> add(account& owner, const pki::certificate& ca);

  /// The account that a verified client certificate belongs to, or null. The issuer's name decides, and its signature
  /// where two CAs have the same name.
  [[nodiscard]] account* owner_of(X509* leaf) const;

  /// In the order in which they were added.
  [[nodiscard]] std::vector<pki::certificate> device_cas(const account& owner) const;

  /// Makes every handshake of `context` accept client certificates straight from these CAs and nothing else. This must
  /// outlive the context's connections.
  void judge_clients_of(SSL_CTX* context) const;

private:
  struct anchor {
    account* owner;
    pki::certificate root;
    /// SubjectPublicKeyInfo in DER.
    bytes key;
  };
  using anchors = std::vector<anchor>;

  [[nodiscard]] std::shared_ptr<const anchors> current() const;
  [[nodiscard]] static const anchor* issuer_of(const anchors& known, X509* leaf);
  static int verify(X509_STORE_CTX* verification, void* self);

  mutable std::mutex mutex_;
  std::shared_ptr<const anchors> anchors_ = std::make_shared<const anchors>();
};

} // namespace otafleet::stub
