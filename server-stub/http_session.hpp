// One connection: handshake, then requests and answers until somebody closes. Internal to listener.cpp.
#pragma once

#include <chrono>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "server-stub/http_handler.hpp"

namespace otafleet::stub {

/// What a worker knows of its connections. Lives on the worker's thread alone.
class connection {
public:
  virtual ~connection() = default;
  /// Closes now when no request is being answered, else after the answer.
  virtual void finish() = 0;
};

/// Everything a session needs from its listener; outlives it.
class session_host {
public:
  virtual ~session_host() = default;
  virtual void entered(connection& one) = 0;
  virtual void left(connection& one) = 0;

  http_handler* handler = nullptr;
  std::chrono::nanoseconds latency{0};
};

/// Serves a connected socket on its own executor until one side closes; over TLS when `tls` is given, which must
/// outlive the connection. Each step has a deadline: a peer that is slow or silent loses its connection and nothing
/// else.
void start_session(session_host& host, boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);

} // namespace otafleet::stub
