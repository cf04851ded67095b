// The open sockets of one multi handle: whose they are, and how to close one that libcurl keeps. Not for other rooms.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
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

  // The number under which libcurl files a connection, and the only one under which it looks for one: no two speakers
  // share a number. 0 is none.

  /// For `keep_alive`: stays the same while the device keeps its certificate; a new certificate closes what the former
  /// one had open.
  [[nodiscard]] std::uint32_t scope_of(speaker who);

  /// For the first try of a request with `fresh`: never given before, so there is no connection under it.
  [[nodiscard]] std::uint32_t new_scope();

  /// For a retry with `fresh`: that of the connection that brought the answer to the same request, or a new one.
  [[nodiscard]] std::uint32_t scope_of_retry(speaker who, std::string_view what);

  // -- closing ----------------------------------------------------------------

  /// Shuts down every connection of `device`.
  void close(device_index device);

  struct retained {
    clock::time_point deadline;
    speaker who;
    /// The request that may come again: method and URL.
    std::string what;
    std::uint32_t scope = 0;
    int socket = -1;
  };
  /// The connection stays open for a retry until the deadline. Deadlines must not go back from call to call.
  void retain(retained one);

  /// The connection under `scope`, if one is retained, is in use again.
  void reused(std::uint32_t scope);

  /// Shuts down what has been retained for too long.
  void expire(clock::time_point now);

  /// When `expire` has something to do next.
  [[nodiscard]] std::optional<clock::time_point> next_expiry() const;

private:
  struct key {
    std::uint32_t identity;
    std::uint32_t scope;
  };

  connection_policy policy_;
  std::unordered_map<int, device_index> owners_;
  std::unordered_map<device_index, std::vector<int>> sockets_;
  std::unordered_map<device_index, key> keys_;
  std::deque<retained> retained_; // in the order of their deadlines
  std::uint32_t last_scope_ = 0;
};

} // namespace otafleet::net
