// The open sockets of one multi handle: whose they are, and how to close one that libcurl keeps. Not for other rooms.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/door.hpp"
#include "net/transport.hpp"

namespace otafleet::net {

/// libcurl has no call that closes one idle connection. Shutting its socket down does the same for the server at once,
/// and libcurl drops the dead connection when it next looks. Not thread safe: each I/O thread has its own.
class connection_book {
public:
  using clock = std::chrono::steady_clock;

  explicit connection_book(connection_policy policy) : policy_(policy) {}

  // -- sockets, as libcurl opens and closes them ------------------------------

  void opened(int socket, device_index device);
  void closed(int socket);

  [[nodiscard]] std::size_t open() const noexcept { return owners_.size(); }

  // -- connection keys --------------------------------------------------------

  /// The number under which libcurl files the connections of `who`: no two speakers share one, and it stays the same
  /// while the device keeps its certificate. With `keep_alive` a new certificate closes what the former one had open.
  [[nodiscard]] std::uint32_t scope_of(speaker who);

  // -- closing ----------------------------------------------------------------

  /// Shuts down every connection of `device`.
  void close(device_index device);

  /// A connection stays open for a retry of `device` until `deadline`. `local_port` tells it from later ones.
  void retain(device_index device, int socket, int local_port, clock::time_point deadline);

  /// The retained connection with `local_port` is in use again.
  void reused(device_index device, int local_port);

  /// Shuts down what has been retained for too long.
  void expire(clock::time_point now);

  /// When `expire` has something to do next.
  [[nodiscard]] std::optional<clock::time_point> next_expiry() const;

private:
  struct key {
    std::uint32_t identity;
    std::uint32_t scope;
  };

  struct retained {
    clock::time_point deadline;
    device_index device;
    int socket;
    int local_port;
  };

  connection_policy policy_;
  std::unordered_map<int, device_index> owners_;
  std::unordered_map<device_index, std::vector<int>> sockets_;
  std::unordered_map<device_index, key> keys_;
  std::deque<retained> retained_; // in the order of their deadlines
  std::uint32_t last_scope_ = 0;
};

} // namespace otafleet::net
