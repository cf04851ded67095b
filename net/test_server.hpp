// A real TLS server for tests: it asks for client certificates, hands out session tickets, and misbehaves when asked
// to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "pki/certificate.hpp"

namespace otafleet::net {

/// One request as it arrived.
struct test_request {
  /// The client certificate's CN; empty without one.
  std::string client;
  /// Counts from 1 in the order of acceptance.
  int connection = 0;
  bool resumed = false;
  /// The protocols that the client offered (ALPN), comma separated.
  std::string offered;
  std::string request_line;
  /// `Name: value` in the order of arrival.
  std::vector<std::string> headers;
  std::string body;
};

struct test_server_options {
  /// Its certificate, and the authorities that it accepts clients from; plain HTTP without.
  std::optional<pki::credential> tls;
  bool only_tls_1_2 = false;
  bool ipv6 = false;
  /// The protocol that it takes when the client offers it (ALPN): `http/1.1`, `h2`, or empty for none. Over h2 the path
  /// stays unread, and the answer's body is the client's CN.
  std::string takes;
  /// Over h2: the first request of each connection gets this status.
  int first_status = 200;
  /// Answers instead of the paths below, on the connection's own thread: the bytes of a whole HTTP/1.1 answer. Nothing,
  /// and the connection is closed.
  std::function<std::optional<std::string>(const test_request&)> respond;
};

/// The path says what happens:
///   /status/503           answers with this status; 204 and 3xx without a body, /redirect/PATH leads elsewhere
///   /delay/200            answers 200 after so many milliseconds
///   /body/1000            200 with a body of so many bytes
///   /announce/1000000     announces so many bytes and sends ten
///   /garbage /nothing     sends what is not HTTP; closes without an answer
///   /endless /headers     never stops sending a body; never stops sending headers
///   /trickle              sends a byte every 100 ms
///   /cut                  announces 1,000 bytes and closes after ten
///   /image/300000         so many bytes of `image`; what a Range asks for, or 416 behind the end
///   /cut-image/300000     the same, and without a Range closes after half of them
///   /shifted/300000       answers a Range with the bytes from one further on, and says so
///   /unsaid/300000        answers a Range with 206 and the right bytes, but does not say which
/// Anything else: 200 with the body `hello`. All members are thread safe.
class test_server {
public:
  using served = test_request;

  /// A connection on which no TLS came about.
  struct failed_handshake {
    int connection = 0;
    /// OpenSSL's reason: `tlsv1 alert unknown ca`.
    std::string why;
  };

  explicit test_server(test_server_options options);
  test_server(const test_server&) = delete;
  test_server& operator=(const test_server&) = delete;
  ~test_server();

  /// `https://127.0.0.1:PORT/path`, with the scheme and host that apply.
  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// What `/image/SIZE` serves: no two places of it look alike.
  [[nodiscard]] static std::string image(std::size_t size);

  [[nodiscard]] std::vector<served> requests() const;
  [[nodiscard]] std::vector<failed_handshake> failed_handshakes() const;
  [[nodiscard]] int connections() const noexcept { return accepted_; }
  /// Connections that are open at this moment.
  [[nodiscard]] std::size_t open_connections() const;
  /// Waits up to five seconds for that number of open connections.
  [[nodiscard]] bool wait_for_open_connections(std::size_t count) const;
  /// Waits up to five seconds until so many requests have arrived.
  [[nodiscard]] bool wait_for_requests(std::size_t count) const;
  /// Waits up to five seconds until so many handshakes have failed.
  [[nodiscard]] bool wait_for_failed_handshakes(std::size_t count) const;

private:
  class conversation;
  struct context;

  void accept_all();
  void talk(int socket, int number);
  void talk_http2(conversation& with, int number);
  void note(served request);
  /// False when the connection is to be closed.
  bool answer(conversation& with, const served& request);
  bool answer_image(conversation& with, const std::string& path, const served& request);
  [[nodiscard]] bool pause(int milliseconds);

  test_server_options options_;
  std::shared_ptr<context> context_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<int> accepted_{0};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool stopping_ = false;
  std::set<int> sockets_;
  std::vector<served> requests_;
  std::vector<failed_handshake> failed_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

} // namespace otafleet::net
