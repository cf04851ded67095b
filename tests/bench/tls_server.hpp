// A small HTTPS server in a process of its own, so that a benchmark's CPU time is the client's alone.
#pragma once

#include <cstdint>

#include <sys/types.h>

#include "pki/certificate.hpp"

namespace otafleet::bench {

/// Answers every request with 200 and 230 bytes of JSON; demands a client certificate signed by one of `server`'s
/// authorities; TLS 1.3, session tickets on, connections kept. Goes when it does.
class tls_server {
public:
  /// Forks: make it before any thread. Throws std::runtime_error when it cannot.
  explicit tls_server(const pki::credential& server);
  tls_server(const tls_server&) = delete;
  tls_server& operator=(const tls_server&) = delete;
  ~tls_server();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

} // namespace otafleet::bench
