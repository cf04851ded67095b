// The seam between devices and the network: a request goes in, one reply comes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/body_sink.hpp"
#include "net/identity.hpp"
#include "net/redirect_rule.hpp"

namespace otafleet::net {

/// Names the device that a request belongs to; connections are never shared between two of them.
enum class device_index : std::uint32_t {};

enum class method { get, post, put };

/// How long a connection lives (design section 3, rule 8).
enum class connection_policy {
  /// A new connection with a full handshake for every request, as the real client. The one exception is also the real
  /// client's: a retry after an HTTP status >= 500 goes out on the connection that brought the status (wire-trace.md
  /// D5).
  fresh,
  /// One connection per device, kept open between requests; requests of one device wait for one another.
  keep_alive,
};

struct request {
  device_index device{};
  std::shared_ptr<const identity> as;
  connection_policy connection = connection_policy::fresh;
  /// True for the second and third try of a request (same method and URL) whose answer was >= 500.
  bool is_retry = false;

  method verb = method::get;
  std::string url;
  /// Beside Host, Accept and what a body needs; `name: value` each.
  std::vector<std::string> headers;
  std::string user_agent;
  std::string content_type;
  std::string body;

  /// The body of this one reply may not be longer; one that announces or sends more fails with `failure::too_large`.
  std::uint64_t max_reply_bytes = 64 * 1024;
  /// When set every byte of the body goes there, whatever the status, and none is kept; of a chain of redirects only
  /// the last answer's.
  std::shared_ptr<body_sink> sink;
  /// Asks for the rest from this byte on (`Range: bytes=N-`), with GET only; zero asks for everything. A 206 with
  /// exactly that range brings the rest. Libcurl takes two more answers for good, and so does the real client: 416, of
  /// which the body is dropped, and a 200 that announces exactly so many bytes, of which none is read. Any other answer
  /// with a body - a 200 with more, a 404 - is `failure::range`, with its status and before a byte of it was taken.
  std::uint64_t resume_from = 0;

  /// Up to ten redirects are followed (protocol.md section 0.4), to wherever this allows; null allows everything.
  std::shared_ptr<const redirect_rule> redirects;

  /// Zero means no limit.
  std::chrono::milliseconds connect_timeout{60'000};
  std::chrono::milliseconds total_timeout{60'000};
  /// The transfer fails when it is slower than 5,000 bytes/s for this long (protocol.md section 0.4); zero switches it
  /// off.
  std::chrono::seconds low_speed_window{60};
};

/// Why no complete HTTP answer arrived.
enum class failure {
  none,
  resolve,
  connect,
  /// No TLS connection came about; among other reasons because we do not trust the server's certificate.
  tls_handshake,
  /// The server does not accept our certificate. With TLS 1.3 it says so after the handshake, and a server that resets
  /// the connection right behind may take its word back: then it is `connection_lost`.
  certificate_rejected,
  timeout,
  too_large,
  connection_lost,
  malformed_reply,
  /// The server does not answer with the range that `resume_from` asked for; `status` says what it answered.
  range,
  /// The request's sink took no more.
  sink,
  /// The request, or a redirect that answered it, leads to a host that must not be reached.
  forbidden,
  cancelled,
  /// The engine's queue was full; nothing was sent.
  shed,
  other,
};

/// `resolve`, `tls-handshake`, ...: the metric label and the word in reports.
[[nodiscard]] const char* to_string(failure what) noexcept;

/// How long each part of a request took; zero for a part that did not happen. They add up to `total`.
struct phase_timings {
  /// From `transport::start` until a connection slot was free.
  std::chrono::microseconds queued{};
  std::chrono::microseconds resolve{};
  std::chrono::microseconds connect{};
  std::chrono::microseconds tls{};
  /// From the end of the handshake to the first byte of the reply.
  std::chrono::microseconds first_byte{};
  std::chrono::microseconds body{};
  std::chrono::microseconds total{};
};

struct reply {
  failure why = failure::none;
  /// libcurl's own words when `why` is not `none`.
  std::string detail;
  /// 0 when no status line arrived.
  int status = 0;
  /// Empty when the request had a sink.
  std::string body;
  /// How many bytes of this reply were kept or given to the sink, whether it ended well or not.
  std::uint64_t body_bytes = 0;
  /// True when this request opened its connection, false when it found one of its own device.
  bool opened_connection = false;
  /// How many redirects were followed: requests that went out beside this one.
  int redirects = 0;
  phase_timings timings;
};

/// Called once per request, on one of the transport's own threads: hand over and return.
using reply_handler = std::function<void(reply)>;

/// Sends requests. All members are thread safe.
class transport {
public:
  virtual ~transport() = default;

  virtual void start(request what, reply_handler done) = 0;

  /// Ends all requests of `device` with `failure::cancelled` and closes its connections.
  virtual void cancel(device_index device) = 0;
};

} // namespace otafleet::net
