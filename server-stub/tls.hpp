// The gateway's TLS: mutual, versions 1.2 and 1.3, HTTP/1.1 only.
#pragma once

#include <string>
#include <vector>

#include <openssl/types.h>
#include <tl/expected.hpp>

#include "pki/certificate.hpp"
#include "pki/certificate_authority.hpp"
#include "server-stub/device_trust.hpp"

namespace otafleet::stub {

struct gateway_tls {
  pki::private_key key;
  pki::certificate leaf;
  /// Which client certificates it takes; must outlive every context that is set up with it.
  const device_trust* clients = nullptr;
  /// Session resumption; without it every connection costs a full handshake.
  bool tickets = true;
};

/// A server certificate (EC P-256) for 127.0.0.1, ::1, localhost and `names`, from `authority`.
[[nodiscard]] tl::expected<gateway_tls, std::string> make_gateway_tls(const pki::certificate_authority& authority,
                                                                      const std::vector<std::string>& names);

/// Sets up a fresh context; it keeps its own references to key and certificate. Clients are not told which CAs are
/// wanted: the list can change, and those that look at it would keep a certificate back that is welcome by then.
[[nodiscard]] tl::expected<void, std::string> configure(SSL_CTX* context, const gateway_tls& tls);

} // namespace otafleet::stub
