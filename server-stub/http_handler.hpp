// The seam between connections and routes: what a listener asks of the one who answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <openssl/types.h>

#include "server-stub/message.hpp"

namespace otafleet::stub {

class account;

/// Whom a TLS connection belongs to, settled once by its handshake.
struct peer {
  /// Null on plain connections.
  account* owner = nullptr;
  /// Of the client certificate: the device id.
  std::string common_name;
  /// The account's shared credential, which may do nothing but provision.
  bool is_provisioning_credential = false;
};

/// Called from several worker threads at once.
class http_handler {
public:
  virtual ~http_handler() = default;

  /// Judges a verified client certificate; nothing when it belongs to no account.
  [[nodiscard]] virtual std::optional<peer> identify(X509* leaf) = 0;

  struct admission {
    std::uint64_t max_body_bytes = 0;
    /// Set to answer without reading the body.
    std::optional<answer> refusal;
  };

  /// Judges the head of a request, body still unread, and sets `request.route`.
  [[nodiscard]] virtual admission admit(request& head, const peer& from) = 0;

  [[nodiscard]] virtual answer handle(request& complete, const peer& from) = 0;

  /// What the connection itself refuses: broken HTTP (400), a body that comes too slowly (408) or over the limit (413),
  /// a head over the limit (431), or everything (500). `route` is 255 when the request was not read far enough to have
  /// one.
  [[nodiscard]] virtual answer refuse(unsigned status, std::uint8_t route) = 0;

  virtual void handshake_ended(bool ok) = 0;
};

} // namespace otafleet::stub
