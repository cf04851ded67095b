// Puts a key and a certificate into devices before their first start, as a factory does (protocol.md section 2).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "pki/certificate.hpp"
#include "pki/certificate_authority.hpp"

namespace otafleet::actors {

/// Immutable and thread safe.
class device_mint {
public:
  /// Makes a certificate for each device with `authority`; devices trust the gateway by `gateway_authorities`.
  device_mint(pki::certificate_authority authority, std::vector<pki::certificate> gateway_authorities);

  /// Has one device ready that somebody else made.
  explicit device_mint(pki::credential imported);

  /// The id that every device gets; empty when it may have any.
  [[nodiscard]] std::string only_name() const;

  /// A new EC P-256 key and its certificate with the common name `device_id`, which must be `only_name()` where that is
  /// not empty. About 50 us.
  [[nodiscard]] tl::expected<pki::credential, std::string> make(const std::string& device_id) const;

  /// What a backend must know to accept the devices; empty for an imported one.
  [[nodiscard]] std::string authority_pem() const;

private:
  struct authority {
    pki::certificate_authority ca;
    std::vector<pki::certificate> gateway;
  };
  std::variant<authority, pki::credential> source_;
};

} // namespace otafleet::actors
