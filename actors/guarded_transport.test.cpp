#include "actors/guarded_transport.hpp"

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Notes when each request comes, and answers it at once.
class noting_transport final : public net::transport {
public:
  void start(net::request what, net::reply_handler done) override {
    net::reply reply;
    {
      const std::lock_guard lock{mutex_};
      begun_.push_back(clock::now());
      reply.status = 200;
      reply.redirects = redirects;
      has_rule_ = what.redirects != nullptr;
    }
    done(std::move(reply));
  }
  void cancel(net::device_index device) override {
    const std::lock_guard lock{mutex_};
    ++cancelled_[device];
  }

  [[nodiscard]] std::vector<clock::time_point> begun() const {
    const std::lock_guard lock{mutex_};
    return begun_;
  }
  [[nodiscard]] int cancelled(net::device_index device) const {
    const std::lock_guard lock{mutex_};
    const auto found = cancelled_.find(device);
    return found == cancelled_.end() ? 0 : found->second;
  }
  [[nodiscard]] bool has_rule() const { return has_rule_; }

  int redirects = 0;

private:
  mutable std::mutex mutex_;
  std::vector<clock::time_point> begun_;
  std::map<net::device_index, int> cancelled_;
  bool has_rule_ = false;
};

[[nodiscard]] net::request to(const std::string& url, std::uint32_t device = 0) {
  net::request what;
  what.device = net::device_index{device};
  what.url = url;
  return what;
}

/// The answer to each of `count` requests.
class answers {
public:
  [[nodiscard]] net::reply_handler next() {
    auto promise = std::make_shared<std::promise<net::reply>>();
    futures_.push_back(promise->get_future());
    return [promise](net::reply reply) { promise->set_value(std::move(reply)); };
  }
  [[nodiscard]] net::reply at(std::size_t index) { return futures_.at(index).get(); }

private:
  std::vector<std::future<net::reply>> futures_;
};

TEST(guarded_transport, lets_requests_go_to_this_machine_and_to_allowed_hosts_only) {
  noting_transport inner;
  guarded_transport guarded{inner, {{"gateway.example"}, {}}};
  answers got;
  for (const auto* url : {"https://127.0.0.1:8443/a", "https://GATEWAY.example/a", "https://evil.example/a",
                          "https://gateway.example@evil.example/", "not a url"})
    guarded.start(to(url), got.next());
  EXPECT_EQ(got.at(0).status, 200);
  EXPECT_EQ(got.at(1).status, 200);
  for (const std::size_t refused : {2u, 3u, 4u})
    EXPECT_EQ(got.at(refused).why, net::failure::forbidden) << refused;
  EXPECT_EQ(inner.begun().size(), 2u);
  EXPECT_TRUE(inner.has_rule());
}

TEST(guarded_transport, never_exceeds_its_rate_however_many_come_at_once) {
  noting_transport inner;
  constexpr double per_second = 200;
  constexpr std::size_t count = 41;
  answers got;
  guarded_transport guarded{inner, {{}, per_second}};
  const auto before = clock::now();
  for (std::size_t i = 0; i != count; ++i)
    guarded.start(to("http://127.0.0.1/"), got.next());
  const auto last = [&] {
    net::reply reply;
    for (std::size_t i = 0; i != count; ++i)
      reply = got.at(i);
    return reply;
  }();
  const auto begun = inner.begun();
  ASSERT_EQ(begun.size(), count);
  // 40 intervals of 5 ms; a loaded machine may take longer, never less.
  EXPECT_GE(begun.back() - before, 200ms);
  EXPECT_GT(last.timings.queued, 0ms);
  EXPECT_EQ(last.timings.queued, last.timings.total);
  EXPECT_EQ(guarded.held_back().requests, count - 1);
  EXPECT_GT(guarded.held_back().longest, 0ms);
}

TEST(guarded_transport, counts_redirects_as_the_requests_that_they_are) {
  noting_transport inner;
  inner.redirects = 9;
  answers got;
  guarded_transport guarded{inner, {{}, 100.0}};
  const auto before = clock::now();
  guarded.start(to("http://127.0.0.1/"), got.next());
  guarded.start(to("http://127.0.0.1/"), got.next());
  static_cast<void>(got.at(1));
  EXPECT_GE(inner.begun().at(1) - before, 100ms);
}

TEST(guarded_transport, answers_for_what_it_still_holds_when_a_device_is_cancelled) {
  noting_transport inner;
  answers got;
  guarded_transport guarded{inner, {{}, 0.001}};
  for (const std::uint32_t device : {0u, 1u, 2u, 1u})
    guarded.start(to("http://127.0.0.1/", device), got.next());
  guarded.cancel(net::device_index{1});
  EXPECT_EQ(got.at(1).why, net::failure::cancelled);
  EXPECT_EQ(got.at(3).why, net::failure::cancelled);
  EXPECT_EQ(inner.cancelled(net::device_index{1}), 1);
  EXPECT_EQ(inner.begun().size(), 1u);
}

TEST(guarded_transport, answers_for_everything_that_waits_when_it_goes) {
  noting_transport inner;
  answers got;
  {
    guarded_transport guarded{inner, {{}, 0.001}};
    for (int i = 0; i != 3; ++i)
      guarded.start(to("http://127.0.0.1/"), got.next());
  }
  EXPECT_EQ(got.at(0).status, 200);
  EXPECT_EQ(got.at(1).why, net::failure::cancelled);
  EXPECT_EQ(got.at(2).why, net::failure::cancelled);
}

TEST(guarded_transport, sheds_what_would_wait_without_bound) {
  noting_transport inner;
  answers got;
  guarded_transport guarded{inner, {{}, 0.001, 1}};
  for (int i = 0; i != 3; ++i)
    guarded.start(to("http://127.0.0.1/"), got.next());
  EXPECT_EQ(got.at(2).why, net::failure::shed);
}

} // namespace
} // namespace otafleet::actors
