// Who a connection speaks as, and whom it trusts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "pki/certificate.hpp"
#include "pki/handles.hpp"

namespace otafleet::net {

/// The authorities a client accepts servers from. Parsed once and shared by every identity that trusts the same ones: a store
/// of its own costs each connection 15 KiB, the system's bundle 830 KiB (docs/performance.md). Immutable and thread safe.
class trust_store {
public:
  /// Fails when `anchors` is empty.
  [[nodiscard]] static tl::expected<std::shared_ptr<const trust_store>, std::string>
  make(const std::vector<pki::certificate>& anchors);

  [[nodiscard]] X509_STORE* native() const noexcept { return store_.get(); }

private:
  explicit trust_store(pki::store_handle store) noexcept : store_(std::move(store)) {}

  pki::store_handle store_;
};

/// A client certificate with its key, parsed once (410 us a time otherwise), and the trust store to go with it.
/// Immutable and thread safe; a request in flight keeps its identity alive.
class identity {
public:
  identity(pki::private_key key, pki::certificate leaf, std::shared_ptr<const trust_store> trust);

  [[nodiscard]] const pki::private_key& key() const noexcept { return key_; }
  [[nodiscard]] const pki::certificate& leaf() const noexcept { return leaf_; }
  [[nodiscard]] const trust_store& trust() const noexcept { return *trust_; }

private:
  pki::private_key key_;
  pki::certificate leaf_;
  std::shared_ptr<const trust_store> trust_;
};

} // namespace otafleet::net
