// Where the transport's threads leave the replies for the thread that runs a session.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "device/events.hpp"
#include "net/transport.hpp"

namespace otafleet::solo {

/// Thread safe. As long as the requests in flight, which one device has few of.
class mailbox {
public:
  struct letter {
    device::ticket id{};
    net::reply reply;
  };

  void put(letter what) {
    {
      const std::lock_guard lock{mutex_};
      letters_.push_back(std::move(what));
    }
    arrived_.notify_one();
  }

  /// All that is there, oldest first; waits for one until `deadline`.
  [[nodiscard]] std::vector<letter> take(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    arrived_.wait_until(lock, deadline, [this] { return !letters_.empty(); });
    return std::exchange(letters_, {});
  }

private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<letter> letters_;
};

} // namespace otafleet::solo
