// One libcurl multi handle with its sockets and its timer. Not for other rooms.
//
// libcurl looks through all connections of a multi when it needs one: with 9,000 in one multi a request costs 11.8 ms,
// with 200 it costs 30 us (docs/performance.md). So kept connections are spread over many of these.
#pragma once

#include <cstdint>
#include <optional>

#include "net/connection_book.hpp"
#include "net/handles.hpp"
#include "net/poller.hpp"
#include "net/transport.hpp"

namespace otafleet::net {

class shard {
public:
  using clock = poller::clock;

  /// `events` must outlive it.
  shard(connection_policy policy, poller& events);
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;
  ~shard();

  // -- transfers --------------------------------------------------------------

  [[nodiscard]] bool add(CURL* easy);
  void remove(CURL* easy);

  struct finished {
    CURL* easy;
    int curl_code;
  };
  /// The next transfer that has ended; `remove` it before asking again.
  [[nodiscard]] std::optional<finished> next_finished();

  // -- events -----------------------------------------------------------------

  /// `events` are epoll's.
  void on_socket(int socket, std::uint32_t events);
  void on_timer();

  [[nodiscard]] connection_book& book() noexcept { return book_; }

private:
  friend class poller; // keeps `due_`

  static int watch(CURL* easy, int socket, int what, void* self, void* known);
  static int schedule(CURLM* multi, long milliseconds, void* self);

  poller& poller_;
  std::optional<clock::time_point> due_;
  connection_book book_;
  multi_handle multi_; // after the book, which its connections use to the last
};

} // namespace otafleet::net
