// Who a connection speaks as, and whom it trusts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/certificate.hpp"
#include "pki/handles.hpp"
#include "pki/key.hpp"

namespace otafleet::net {

/// The authorities a client accepts servers from. Parsed once and shared by every identity that trusts the same ones: a
/// store of its own costs each connection 15 KiB, the system's bundle 830 KiB (docs/performance.md). Immutable and
/// thread safe.
class trust_store {
public:
  /// Fails when `anchors` is empty.
  [[nodiscard]] static tl::expected<std::shared_ptr<const trust_store>, std::string>
  make(const std::vector<pki::certificate>& anchors);

  [[nodiscard]] X509_STORE* native() const noexcept { return store_.get(); }
  [[nodiscard]] const std::vector<pki::certificate>& anchors() const noexcept { return anchors_; }

private:
  friend class identity; // the one that trusts nobody

  trust_store(pki::store_handle store, std::vector<pki::certificate> anchors) noexcept
      : store_(std::move(store)), anchors_(std::move(anchors)) {}

  pki::store_handle store_;
  std::vector<pki::certificate> anchors_;
};

/// Which certificates a client sends.
enum class sent_chain {
  leaf,
  /// The anchors follow the leaf, as aktualizr sends what came in one PKCS#12 (protocol.md section 1.2).
  leaf_and_anchors,
};

/// A client certificate with its key, and the trust store to go with it. Immutable and thread safe; a request in flight
/// keeps its identity alive.
///
/// The key stays parsed (300 us a time otherwise) but the certificate stays DER: parsed it takes 4.8 KiB, ten times as
/// much, and each I/O thread keeps those parsed that are in use (docs/performance.md).
class identity {
public:
  identity(pki::private_key key, const pki::certificate& leaf, std::shared_ptr<const trust_store> trust,
           sent_chain chain = sent_chain::leaf);

  /// One for all who have no certificate and trust no authority: every https server fails its handshake with the alert
  /// unknown_ca, as with a client whose credentials are not loaded (wire-trace.md D8).
  [[nodiscard]] static const std::shared_ptr<const identity>& nobody();

  [[nodiscard]] bool has_certificate() const noexcept { return key_.has_value(); }
  /// Only of an identity with a certificate.
  [[nodiscard]] const pki::private_key& key() const noexcept { return *key_; }
  /// Empty without one.
  [[nodiscard]] byte_view leaf_der() const noexcept { return leaf_der_; }
  [[nodiscard]] const trust_store& trust() const noexcept { return *trust_; }
  [[nodiscard]] sent_chain chain() const noexcept { return chain_; }
  /// Differs from that of every other identity made in this process; never 0.
  [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }

private:
  explicit identity(std::shared_ptr<const trust_store> trust);

  std::optional<pki::private_key> key_;
  bytes leaf_der_;
  std::shared_ptr<const trust_store> trust_;
  sent_chain chain_;
  std::uint32_t serial_;
};

} // namespace otafleet::net
