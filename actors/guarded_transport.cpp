#include "actors/guarded_transport.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "actors/pacer.hpp"
#include "net/redirect_rule.hpp"
#include "scenarios/address.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

[[nodiscard]] net::reply failed(net::failure why, std::string detail) {
  net::reply reply;
  reply.why = why;
  reply.detail = std::move(detail);
  return reply;
}

class allowed_hosts final : public net::redirect_rule {
public:
  explicit allowed_hosts(std::vector<std::string> hosts) : hosts_(std::move(hosts)) {}

  [[nodiscard]] bool may_follow(std::string_view url) const override {
    const auto host = scenarios::host_of(url);
    return host && (scenarios::is_loopback(*host) || std::find(hosts_.begin(), hosts_.end(), *host) != hosts_.end());
  }

private:
  const std::vector<std::string> hosts_;
};

} // namespace

/// Requests that wait for their turn, and the thread that gives it to them.
class guarded_transport::queue {
public:
  queue(net::transport& inner, double per_second, std::size_t most)
      : inner_(inner), most_(most), pace_(per_second, clock::now()) {}

  /// Sends the request at once when nothing waits and the rate allows it.
  void add(net::request what, net::reply_handler done) {
    {
      std::unique_lock lock{mutex_};
      if (!waiting_.empty() || !pace_.take(clock::now())) {
        if (waiting_.size() < most_) {
          waiting_.push_back({std::move(what), std::move(done), clock::now()});
          lock.unlock();
          changed_.notify_all();
          return;
        }
        lock.unlock();
        return done(failed(net::failure::shed, "too many requests wait for the stated maximum rate"));
      }
    }
    inner_.start(std::move(what), std::move(done));
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    // A stop ends the first wait, but only its predicate is its result.
    while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); }) && !stop.stop_requested()) {
      const auto now = clock::now();
      if (!pace_.take(now)) {
        // Other requests join at the end, so nothing but the end of the run cuts this short.
        changed_.wait_until(lock, stop, pace_.next(now), [] { return false; });
        continue;
      }
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      const auto waited = now - next.since;
      ++held_.requests;
      held_.longest = std::max(held_.longest, std::chrono::nanoseconds{waited});
      leaving_ = next.what.device;
      lock.unlock();
      inner_.start(std::move(next.what), with_wait(std::move(next.done), waited));
      lock.lock();
      leaving_.reset();
      changed_.notify_all();
    }
  }

  /// Takes out and answers what waits of this device, or of all; afterwards the rest of it is with the inner transport.
  void cancel(std::optional<net::device_index> device) {
    std::vector<waiting> theirs;
    {
      std::unique_lock lock{mutex_};
      const auto kept = std::stable_partition(waiting_.begin(), waiting_.end(),
                                              [&](const waiting& one) { return device && one.what.device != *device; });
      std::move(kept, waiting_.end(), std::back_inserter(theirs));
      waiting_.erase(kept, waiting_.end());
      changed_.wait(lock, [&] { return !leaving_ || (device && *leaving_ != *device); });
    }
    for (auto& one : theirs)
      one.done(failed(net::failure::cancelled, "stopped while it waited for the stated maximum rate"));
  }

  /// Redirects that libcurl has followed on its own.
  void owe(int requests) {
    const std::lock_guard lock{mutex_};
    pace_.owe(requests);
  }

  [[nodiscard]] held held_back() const {
    const std::lock_guard lock{mutex_};
    return held_;
  }

private:
  struct waiting {
    net::request what;
    net::reply_handler done;
    clock::time_point since;
  };

  [[nodiscard]] static net::reply_handler with_wait(net::reply_handler done, clock::duration waited) {
    return [done = std::move(done), waited](net::reply reply) {
      const auto more = std::chrono::duration_cast<std::chrono::microseconds>(waited);
      reply.timings.queued += more;
      reply.timings.total += more;
      done(std::move(reply));
    };
  }

  net::transport& inner_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  pacer pace_;
  std::deque<waiting> waiting_;
  /// Whose request is between this queue and the inner transport.
  std::optional<net::device_index> leaving_;
  held held_;
};

guarded_transport::guarded_transport(net::transport& inner, guard_rules rules)
    : inner_(inner), rule_(std::make_shared<const allowed_hosts>(std::move(rules.allowed_hosts))) {
  if (!rules.max_rate)
    return;
  queue_ = std::make_shared<queue>(inner, *rules.max_rate, rules.max_waiting);
  thread_ = std::jthread{[q = queue_](const std::stop_token& stop) { q->run(stop); }};
}

guarded_transport::~guarded_transport() {
  if (queue_ == nullptr)
    return;
  thread_.request_stop();
  thread_.join();
  queue_->cancel({});
}

void guarded_transport::start(net::request what, net::reply_handler done) {
  if (!rule_->may_follow(what.url))
    return done(failed(net::failure::forbidden,
                       "the request leads to a host that was not allowed; allow it with --allow-target"));
  what.redirects = rule_;
  if (queue_ == nullptr)
    return inner_.start(std::move(what), std::move(done));
  queue_->add(std::move(what), [q = queue_, done = std::move(done)](net::reply reply) {
    if (reply.redirects != 0)
      q->owe(reply.redirects);
    done(std::move(reply));
  });
}

void guarded_transport::cancel(net::device_index device) {
  if (queue_ != nullptr)
    queue_->cancel(device);
  inner_.cancel(device);
}

guarded_transport::held guarded_transport::held_back() const {
  return queue_ == nullptr ? held{} : queue_->held_back();
}

} // namespace otafleet::actors
