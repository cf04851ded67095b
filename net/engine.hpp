// The HTTPS engine: I/O threads, each an epoll loop around libcurl multi handles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "net/transport.hpp"

namespace otafleet::net {

struct engine_options {
  std::size_t threads = 1;
  /// Requests on the wire at once, over all threads; more wait in a queue.
  std::size_t max_in_flight = 512;
  /// Requests waiting; more are answered with `failure::shed`.
  std::size_t max_queued = 200'000;
};

struct engine_counters {
  std::uint64_t requests = 0;
  std::uint64_t connections_opened = 0;
  /// Requests that went out on another device's connection, seen from our own side; anything but 0 makes a run invalid.
  std::uint64_t identity_mismatches = 0;
  std::uint64_t shed = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t queued = 0;
};

/// A transport over libcurl. Never lets a request out on another device's connection or TLS session
/// (docs/architecture.md, "One identity, one door"). Thread safe; the destructor cancels what is open and joins the
/// threads.
class engine final : public transport {
public:
  explicit engine(engine_options options);
  ~engine() override;

  void start(request what, reply_handler done) override;
  void cancel(device_index device) override;

  [[nodiscard]] engine_counters counters() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace otafleet::net
