// The private keys of one device and who it speaks as.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "device/events.hpp"
#include "net/identity.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"
#include "solo/state_store.hpp"

namespace otafleet::solo {

/// Uptane keys by ECU, the device's own credential, and the account's shared one. Not thread safe.
///
/// Its records are `key/<ecu>` and `credential/...`, PEM each: secrets, which go into the state store and nowhere else.
class keychain {
public:
  /// `chain` says what is sent with the device's own certificate. Fails with a sentence that names the record when one
  /// is damaged.
  [[nodiscard]] static tl::expected<keychain, std::string> from_records(const records& found, net::sent_chain chain);
  void add_records(records& into) const;

  // -- Uptane keys ------------------------------------------------------------

  /// The key of this ECU: the one that was made before, whatever its type, or a new one.
  [[nodiscard]] tl::expected<pki::public_key, std::string> key_of(std::uint32_t ecu, pki::key_type type);
  /// Fails when there is no key yet.
  [[nodiscard]] tl::expected<bytes, std::string> sign(std::uint32_t ecu, std::string_view message) const;

  // -- credentials ------------------------------------------------------------

  /// From now on the device's own. One that brings no authority to trust the gateway by is kept all the same, as the
  /// real client does, but no request goes out with it; the failure then says so.
  tl::expected<void, std::string> adopt(pki::credential own);
  /// The account's shared one, which is not a record.
  [[nodiscard]] tl::expected<void, std::string> share(const pki::credential& shared);
  [[nodiscard]] const std::optional<pki::credential>& own() const noexcept { return own_; }

  /// Who a request goes out as; nobody where there is no such credential.
  [[nodiscard]] std::shared_ptr<const net::identity> identity(device::credential_use use) const;

private:
  explicit keychain(net::sent_chain chain) noexcept : chain_(chain) {}

  net::sent_chain chain_;
  std::map<std::uint32_t, pki::private_key> keys_;
  std::optional<pki::credential> own_;
  std::shared_ptr<const net::identity> own_identity_;
  std::shared_ptr<const net::identity> shared_identity_;
};

} // namespace otafleet::solo
