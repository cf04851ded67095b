// Limits, cancelling and the end of an engine.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "net/test_fleet.hpp"

namespace otafleet::net {
namespace {

using namespace std::chrono_literals;

class engine_life : public testing::Test {
protected:
  test_fleet fleet;
  test_server server{fleet.over_tls()};
};

TEST_F(engine_life, keeps_to_its_limit_and_sheds_what_does_not_fit_the_queue) {
  engine through{{.threads = 1, .max_in_flight = 2, .max_queued = 3}};
  std::vector<std::future<reply>> open;
  for (std::uint32_t number = 0; number < 5; ++number)
    open.push_back(send(through, fleet.to(server, "/delay/300", number)));
  const auto shed = fetch(through, fleet.to(server, "/x", 9));
  EXPECT_EQ(shed.why, failure::shed);
  EXPECT_EQ(shed.detail, "too many requests are waiting");
  ASSERT_TRUE(server.wait_for_requests(2));
  EXPECT_EQ(through.counters().in_flight, 2U);
  EXPECT_EQ(through.counters().queued, 3U);
  EXPECT_LE(server.open_connections(), 2U);
  for (auto& each : open)
    EXPECT_EQ(each.get().status, 200);
  EXPECT_EQ(through.counters().shed, 1U);
  EXPECT_EQ(through.counters().requests, 5U);
  EXPECT_EQ(fetch(through, fleet.to(server, "/x", 9)).status, 200);
}

TEST_F(engine_life, starts_waiting_requests_in_their_order_and_counts_the_wait) {
  engine through{{.threads = 1, .max_in_flight = 1}};
  std::vector<std::future<reply>> open;
  for (std::uint32_t number = 0; number < 4; ++number)
    open.push_back(send(through, fleet.to(server, "/delay/30", number)));
  std::vector<reply> got;
  for (auto& each : open)
    got.push_back(each.get());
  for (std::uint32_t number = 0; number < 4; ++number)
    EXPECT_EQ(server.requests().at(number).client, "device-" + std::to_string(number));
  EXPECT_GE(got[3].timings.queued, 90ms);
  EXPECT_GT(got[3].timings.queued, got[1].timings.queued);
}

TEST_F(engine_life, cancels_what_flies_and_what_waits_of_one_device_only) {
  engine through{{.threads = 1, .max_in_flight = 2}};
  auto flying = send(through, fleet.to(server, "/delay/60000", 1));
  auto other = send(through, fleet.to(server, "/delay/200", 2));
  auto waiting = send(through, fleet.to(server, "/x", 1));
  ASSERT_TRUE(server.wait_for_requests(2));
  through.cancel(device_index{1});
  EXPECT_EQ(flying.get().why, failure::cancelled);
  EXPECT_EQ(waiting.get().why, failure::cancelled);
  EXPECT_EQ(other.get().status, 200);
  EXPECT_EQ(through.counters().in_flight, 0U);
  EXPECT_EQ(through.counters().queued, 0U);
}

TEST_F(engine_life, lets_a_device_go_on_after_it_was_cancelled) {
  engine through{{}};
  auto before = send(through, fleet.to(server, "/delay/60000", 1));
  through.cancel(device_index{1});
  auto after = send(through, fleet.to(server, "/x", 1));
  EXPECT_EQ(before.get().why, failure::cancelled);
  EXPECT_EQ(after.get().status, 200);
}

TEST_F(engine_life, cancels_kept_connections_with_requests_behind_them) {
  engine through{{}};
  std::vector<std::future<reply>> open;
  for (int i = 0; i < 3; ++i) {
    auto what = fleet.to(server, "/delay/60000", 1);
    what.connection = connection_policy::keep_alive;
    open.push_back(send(through, std::move(what)));
  }
  ASSERT_TRUE(server.wait_for_requests(1));
  through.cancel(device_index{1});
  for (auto& each : open)
    EXPECT_EQ(each.get().why, failure::cancelled);
}

TEST_F(engine_life, ends_with_requests_in_flight_and_answers_every_one) {
  std::vector<std::future<reply>> open;
  {
    engine through{{.threads = 2, .max_in_flight = 10}};
    for (std::uint32_t number = 0; number < 30; ++number)
      open.push_back(send(through, fleet.to(server, "/delay/60000", number)));
    ASSERT_TRUE(server.wait_for_requests(10));
  }
  for (auto& each : open) {
    ASSERT_EQ(each.wait_for(0s), std::future_status::ready);
    EXPECT_EQ(each.get().why, failure::cancelled);
  }
}

TEST_F(engine_life, drops_what_a_handler_starts_while_it_ends) {
  std::atomic<int> answers{0};
  {
    engine through{{}};
    through.start(fleet.to(server, "/delay/60000"), [&](reply) {
      ++answers;
      through.start(fleet.to(server, "/x"), [&](reply) { ++answers; });
    });
    ASSERT_TRUE(server.wait_for_requests(1));
  }
  EXPECT_EQ(answers, 1);
}

TEST_F(engine_life, takes_requests_from_many_threads_and_from_its_own_handlers) {
  engine through{{.threads = 2, .max_in_flight = 16}};
  std::atomic<int> answers{0};
  std::promise<void> all;
  constexpr int callers = 4;
  constexpr int each = 20;
  const auto again = [&](reply got) {
    EXPECT_EQ(got.status, 200) << got.detail;
    if (++answers == 2 * callers * each)
      all.set_value();
  };
  for (std::uint32_t number = 0; number < callers; ++number)
    static_cast<void>(fleet.device(number)); // not thread safe
  std::vector<std::thread> threads;
  for (std::uint32_t number = 0; number < callers; ++number)
    threads.emplace_back([&, number, who = fleet.device(number)] {
      for (int i = 0; i < each; ++i) {
        request what;
        what.device = device_index{number};
        what.as = who;
        what.url = server.url("/x");
        auto second = what;
        through.start(std::move(what), [&, second](reply got) {
          again(std::move(got));
          through.start(second, again);
        });
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
}

} // namespace
} // namespace otafleet::net
