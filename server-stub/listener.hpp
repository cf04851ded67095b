// Listens on one port and serves every connection on one of several worker threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "server-stub/http_handler.hpp"
#include "server-stub/tls.hpp"

namespace otafleet::stub {

struct listener_options {
  /// For error texts: `gateway`, `operator API`.
  std::string purpose;
  /// A numeric address.
  std::string address;
  /// 0 picks a free one.
  std::uint16_t port = 0;
  std::size_t workers = 1;
  /// Further connections wait in the kernel's queue until one ends.
  std::size_t max_connections = 1;
  /// Added to every answer; no thread waits for it.
  std::chrono::nanoseconds latency{0};
};

class listener {
public:
  /// Serves at once. `handler` must outlive the listener; `tls` null means plain HTTP.
  [[nodiscard]] static tl::expected<std::unique_ptr<listener>, std::string>
  start(const listener_options& options, http_handler& handler, const gateway_tls* tls);

  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Takes no more connections, lets requests that are being answered finish for up to three seconds, and joins the
  /// workers. Idempotent; not for the handler's own threads.
  void stop();

private:
  struct state;
  explicit listener(std::unique_ptr<state> inner);

  std::unique_ptr<state> state_;
};

} // namespace otafleet::stub
