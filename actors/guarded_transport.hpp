// The guard rail in front of the network (design section 3, rule 9): where requests may go, and how many a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/transport.hpp"

namespace otafleet::actors {

struct guard_rules {
  /// Hosts beside this machine's own that may be reached, in lower case.
  std::vector<std::string> allowed_hosts;
  /// Requests a second at most; without, as fast as they come.
  std::optional<double> max_rate;
  /// Requests that may wait for their turn; more are shed.
  std::size_t max_waiting = 200'000;
};

/// A transport that passes on what the rules allow. A request to another host - a backend may name any in its metadata
/// - fails with `failure::forbidden` before anything is sent, and so does one that is redirected there. With a rate,
/// requests wait their turn in their order; the wait is in the reply's `queued` and `total`. Redirects are followed
/// without waiting, but what comes next waits for them. Thread safe.
class guarded_transport final : public net::transport {
public:
  /// `inner` must outlive it.
  guarded_transport(net::transport& inner, guard_rules rules);
  /// Ends what waits with `failure::cancelled`.
  ~guarded_transport() override;

  void start(net::request what, net::reply_handler done) override;
  void cancel(net::device_index device) override;

  struct held {
    std::uint64_t requests = 0;
    std::chrono::nanoseconds longest{0};
  };
  /// What had to wait for the rate so far.
  [[nodiscard]] held held_back() const;

private:
  class queue;

  net::transport& inner_;
  const std::shared_ptr<const net::redirect_rule> rule_;
  /// Null without a rate. Requests on their way hold it too.
  std::shared_ptr<queue> queue_;
  std::jthread thread_;
};

} // namespace otafleet::actors
