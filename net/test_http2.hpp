// The least of HTTP/2 (RFC 9113) that a test server needs, once a client has agreed to it by ALPN.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace otafleet::net {

struct http2_channel {
  /// Reads exactly so many bytes; false when the client has gone.
  std::function<bool(char*, std::size_t)> read;
  std::function<bool(std::string_view)> write;
};

struct http2_answer {
  int status = 200;
  std::string body;
};

/// Answers each request of one connection in the order of arrival until the client goes. What a request asks for stays
/// packed (HPACK), so `respond` is told only how many came before it on this connection.
void serve_http2(const http2_channel& with, const std::function<http2_answer(int before)>& respond);

} // namespace otafleet::net
