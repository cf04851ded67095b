// What an I/O thread waits for: sockets and points in time. Not for other rooms.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "net/handles.hpp"

namespace otafleet::net {

class shard;

/// Sockets and timers of all shards of one thread, and a way to wake that thread. Only `wake` is thread safe.
class poller {
public:
  using clock = std::chrono::steady_clock;

  poller();

  // -- sockets ----------------------------------------------------------------

  /// `events` are epoll's; `is_new` when the socket is not watched yet.
  void watch(int socket, std::uint32_t events, shard* owner, bool is_new);
  void unwatch(int socket);

  // -- timers -----------------------------------------------------------------

  /// One time per shard.
  void set_timer(shard* owner, std::optional<clock::time_point> due);
  /// Takes out a shard whose time has come; null when there is none.
  [[nodiscard]] shard* take_due(clock::time_point now);

  // -- waiting ----------------------------------------------------------------

  void wake() const noexcept;

  /// Waits until something happens, a timer is due or it is `at_most`, and hands each socket with something to do to
  /// `shard::on_socket`; calls `after` with the shard each time.
  void wait(std::optional<clock::time_point> at_most, const std::function<void(shard&)>& after);

private:
  [[nodiscard]] shard* owner_of(int socket) const noexcept;

  descriptor epoll_;
  descriptor wake_;
  /// By socket number. Looked up for every event, because a number may change hands within one batch.
  std::vector<shard*> owners_;
  std::set<std::pair<clock::time_point, shard*>> timers_;
};

} // namespace otafleet::net
