// One I/O thread: an epoll loop around libcurl multi handles. Not for other rooms.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "net/leaf_cache.hpp"
#include "net/poller.hpp"
#include "net/shard.hpp"
#include "net/transfer.hpp"
#include "net/transport.hpp"

namespace otafleet::net {

/// Written by the I/O threads and by callers, read by anyone.
struct shared_counters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> connections_opened{0};
  std::atomic<std::uint64_t> identity_mismatches{0};
  std::atomic<std::uint64_t> shed{0};
  /// Requests accepted and not yet answered, on the wire or not.
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<std::uint64_t> in_flight{0};
};

/// Public members may be called from any thread; everything else runs on the loop's own.
class io_loop {
public:
  /// `stride` is how many loops share the devices: this one sees every `stride`-th index. `counters` must outlive it.
  io_loop(std::size_t max_in_flight, std::size_t stride, shared_counters& counters);
  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;
  /// Answers everything with `failure::cancelled` and joins the thread.
  ~io_loop();

  void start(std::unique_ptr<transfer> what);
  void cancel(device_index device);
  /// Has `what` answered with `why` on the loop's thread.
  void refuse(std::unique_ptr<transfer> what, failure why, std::string detail);

private:
  using clock = poller::clock;
  using queue = std::list<std::unique_ptr<transfer>>;

  struct cancellation {
    device_index device;
  };
  struct refusal {
    std::unique_ptr<transfer> what;
    reply with;
  };
  struct stop {};
  using message = std::variant<std::unique_ptr<transfer>, cancellation, refusal, stop>;

  /// What one device has with this loop; dropped when it has nothing.
  struct presence {
    std::vector<transfer*> in_flight;
    /// `keep_alive` requests that wait for the device's one connection.
    queue parked;
    std::size_t waiting = 0;
    bool connection_busy = false;
  };

  void post(message what);
  void run();
  void read_inbox();
  void handle(message what);
  void cancel_now(device_index device);
  void start_waiting();
  void launch(std::unique_ptr<transfer> what);
  void collect(shard& from);
  void complete(shard& from, CURL* easy, int curl_code);
  void release(transfer& what);
  void forget_if_idle(device_index device);
  void stop_everything();
  shard& shard_of(const transfer& what);

  const std::size_t max_in_flight_;
  const std::size_t stride_;
  shared_counters& counters_;

  poller poller_;
  std::mutex mutex_;
  std::vector<message> inbox_; // guarded by mutex_

  leaf_cache leaves_;
  std::unique_ptr<shard> fresh_;
  std::unordered_map<std::uint32_t, std::unique_ptr<shard>> keep_alive_;
  queue waiting_;
  std::unordered_map<device_index, presence> devices_;
  std::unordered_map<const transfer*, std::unique_ptr<transfer>> flying_;
  bool stopping_ = false;

  std::thread thread_; // last: it uses all of the above
};

} // namespace otafleet::net
