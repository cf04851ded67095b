// One identity, one door: no request leaves on another device's connection or TLS session.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/door.hpp"
#include "net/leaf_cache.hpp"
#include "net/test_fleet.hpp"

namespace otafleet::net {
namespace {

class one_door : public testing::TestWithParam<connection_policy> {
protected:
  test_fleet fleet;
  test_server server{fleet.over_tls()};
};

INSTANTIATE_TEST_SUITE_P(policy, one_door, testing::Values(connection_policy::fresh, connection_policy::keep_alive),
                         [](const auto& each) {
                           return each.param == connection_policy::fresh ? "fresh" : "keep_alive";
                         });

TEST_P(one_door, three_hundred_devices_are_always_themselves) {
  constexpr std::uint32_t devices = 300;
  constexpr int rounds = 4;
  engine through{{.threads = 2, .max_in_flight = 40}};
  std::vector<std::future<reply>> open;
  for (int round = 0; round < rounds; ++round)
    for (std::uint32_t number = 0; number < devices; ++number) {
      auto what = fleet.to(server, "/" + std::to_string(number), number);
      what.connection = GetParam();
      open.push_back(send(through, std::move(what)));
    }
  for (auto& each : open) {
    const auto got = each.get();
    EXPECT_EQ(got.status, 200) << got.detail;
  }
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), devices * rounds);
  for (const auto& each : seen) {
    const auto number = each.request_line.substr(5, each.request_line.find(' ', 5) - 5);
    EXPECT_EQ(each.client, "device-" + number);
    EXPECT_FALSE(each.resumed);
  }
  const auto counters = through.counters();
  EXPECT_EQ(counters.requests, devices * rounds);
  EXPECT_EQ(counters.identity_mismatches, 0U);
  EXPECT_EQ(counters.in_flight, 0U);
  EXPECT_EQ(counters.queued, 0U);
  const auto connections = GetParam() == connection_policy::fresh ? devices * rounds : devices;
  EXPECT_EQ(counters.connections_opened, connections);
  EXPECT_EQ(server.connections(), static_cast<int>(connections));
}

TEST_P(one_door, a_device_that_changes_its_certificate_changes_its_connection) {
  engine through{{}};
  const auto shared = fleet.identity_named("bootstrap");
  const auto ask = [&](std::uint32_t number, const std::shared_ptr<const identity>& as) {
    auto what = fleet.to(server, "/x", number);
    what.connection = GetParam();
    what.as = as;
    return fetch(through, std::move(what));
  };
  // Both devices provision themselves with one shared certificate and go on with their own (wire-trace.md section A).
  for (const std::uint32_t number : {1U, 2U}) {
    EXPECT_EQ(ask(number, shared).status, 200);
    EXPECT_EQ(ask(number, fleet.device(number)).status, 200);
  }
  const auto seen = server.requests();
  EXPECT_EQ(seen.at(0).client, "bootstrap");
  EXPECT_EQ(seen.at(1).client, "device-1");
  EXPECT_EQ(seen.at(2).client, "bootstrap");
  EXPECT_EQ(seen.at(3).client, "device-2");
  EXPECT_EQ(server.connections(), 4);
  EXPECT_EQ(through.counters().identity_mismatches, 0U);
}

TEST_P(one_door, a_device_does_not_come_to_trust_whom_another_trusts) {
  test_fleet elsewhere;
  const test_server other{elsewhere.over_tls()};
  engine through{{}};
  const auto ask = [&](test_fleet& mine, const test_server& whom, std::uint32_t number) {
    auto what = mine.to(whom, "/x", number);
    what.connection = GetParam();
    return fetch(through, std::move(what));
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(ask(fleet, server, 1).status, 200);
    EXPECT_EQ(ask(elsewhere, other, 2).status, 200);
    EXPECT_EQ(ask(fleet, other, 1).why, failure::tls_handshake);
    EXPECT_EQ(ask(elsewhere, server, 2).why, failure::tls_handshake);
  }
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(other.requests().size(), 2U);
}

// -- fresh --------------------------------------------------------------------------

class fresh_connections : public testing::Test {
protected:
  reply ask(const std::string& path, bool is_retry, std::uint32_t number = 0) {
    auto what = fleet.to(server, path, number);
    what.is_retry = is_retry;
    return fetch(through, std::move(what));
  }

  test_fleet fleet;
  test_server server{fleet.over_tls()};
  engine through{{}};
};

TEST_F(fresh_connections, are_opened_for_every_request_and_closed_after_it) {
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(ask("/x", false).opened_connection);
  EXPECT_EQ(server.connections(), 3);
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST_F(fresh_connections, are_kept_for_the_retries_of_a_503_and_closed_with_a_better_answer) {
  auto options = fleet.over_tls();
  options.respond = [bad = std::make_shared<std::atomic<int>>(2)](const test_request&) {
    return (*bad)-- > 0 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  };
  const test_server busy{options};
  auto what = fleet.to(busy, "/x");
  EXPECT_EQ(fetch(through, what).status, 503);
  what.is_retry = true;
  EXPECT_FALSE(fetch(through, what).opened_connection);
  EXPECT_EQ(fetch(through, what).status, 200);
  const auto answered = std::chrono::steady_clock::now();
  EXPECT_EQ(busy.connections(), 1);
  EXPECT_TRUE(busy.wait_for_open_connections(0));
  EXPECT_LT(std::chrono::steady_clock::now() - answered, std::chrono::seconds{2}); // a retained one closes after four
}

TEST_F(fresh_connections, are_not_kept_after_a_404) {
  EXPECT_EQ(ask("/status/404", false).status, 404);
  EXPECT_TRUE(ask("/status/404", true).opened_connection);
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST_F(fresh_connections, are_not_shared_with_a_first_try_after_a_503) {
  EXPECT_EQ(ask("/status/503", false).status, 503);
  EXPECT_TRUE(ask("/status/503", false).opened_connection);
}

TEST_F(fresh_connections, of_one_request_do_not_serve_another_s_retry) {
  // Three tries in vain, and the next request fares no better (wire-trace.md E, device data that fails).
  for (const auto* path : {"/status/500/a", "/status/500/b"})
    for (const bool is_retry : {false, true, true})
      EXPECT_EQ(ask(path, is_retry).status, 500);
  std::vector<int> connections;
  for (const auto& each : server.requests())
    connections.push_back(each.connection);
  EXPECT_EQ(connections, (std::vector{1, 1, 1, 2, 2, 2}));
}

TEST_F(fresh_connections, of_one_device_do_not_serve_another_s_retry) {
  EXPECT_EQ(ask("/status/503", false, 1).status, 503);
  EXPECT_TRUE(ask("/status/503", true, 2).opened_connection);
  EXPECT_EQ(server.requests().at(1).client, "device-2");
  EXPECT_EQ(through.counters().identity_mismatches, 0U);
}

TEST_F(fresh_connections, do_not_wait_for_ever_for_a_retry_that_never_comes) {
  EXPECT_EQ(ask("/status/503", false).status, 503);
  EXPECT_EQ(server.open_connections(), 1U);
  EXPECT_TRUE(server.wait_for_open_connections(0));
  EXPECT_TRUE(ask("/status/503", true).opened_connection);
}

// -- keep_alive -----------------------------------------------------------------------

class kept_connections : public testing::Test {
protected:
  request to(const std::string& path, std::uint32_t number = 0) {
    auto what = fleet.to(server, path, number);
    what.connection = connection_policy::keep_alive;
    return what;
  }

  test_fleet fleet;
  test_server server{fleet.over_tls()};
  engine through{{}};
};

TEST_F(kept_connections, serve_requests_of_one_device_one_after_the_other) {
  std::vector<std::future<reply>> open;
  for (int i = 0; i < 5; ++i)
    open.push_back(send(through, to("/delay/20")));
  for (auto& each : open)
    EXPECT_EQ(each.get().status, 200);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(through.counters().in_flight, 0U);
}

TEST_F(kept_connections, are_opened_anew_after_the_server_closed_them) {
  EXPECT_EQ(fetch(through, to("/x")).status, 200);
  EXPECT_EQ(fetch(through, to("/nothing")).why, failure::connection_lost);
  const auto got = fetch(through, to("/x"));
  EXPECT_EQ(got.status, 200) << got.detail;
  EXPECT_TRUE(got.opened_connection);
}

TEST_F(kept_connections, of_a_cancelled_device_are_closed_and_no_others) {
  EXPECT_EQ(fetch(through, to("/x", 1)).status, 200);
  EXPECT_EQ(fetch(through, to("/x", 2)).status, 200);
  EXPECT_EQ(server.open_connections(), 2U);
  through.cancel(device_index{1});
  EXPECT_TRUE(server.wait_for_open_connections(1));
  EXPECT_FALSE(fetch(through, to("/x", 2)).opened_connection);
  EXPECT_TRUE(fetch(through, to("/x", 1)).opened_connection);
}

// -- the proof can fail -----------------------------------------------------------------

/// What a careless program forgets.
enum class carelessness { shared_connection, shared_session };

/// Sends one request for `who` over `easy` as a careless program would: the identity through the callback, and nothing
/// that tells libcurl so. Returns the owner that our own check sees before the request leaves.
speaker send_carelessly(CURL* easy, const std::string& url, const identity& who, device_index device,
                        carelessness how) {
  struct careless {
    const identity& who;
    speaker label;
    carelessness how;
    CURL* easy;
    leaf_cache leaves{10};
    speaker seen{};
  } state{.who = who, .label = {device, who.serial()}, .how = how, .easy = easy};
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  curl_easy_setopt(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, how == carelessness::shared_session ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &state);
  curl_easy_setopt(
      easy, CURLOPT_SSL_CTX_FUNCTION, +[](CURL*, void* raw, void* self) -> CURLcode {
        auto& me = *static_cast<careless*>(self);
        auto* const context = static_cast<SSL_CTX*>(raw);
        const auto libcurls_own = SSL_CTX_get_session_cache_mode(context);
        const bool done = install(context, me.who, me.leaves.find(me.who), me.label);
        if (me.how == carelessness::shared_session)
          SSL_CTX_set_session_cache_mode(context, static_cast<int>(libcurls_own));
        return done ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
      });
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &state);
  curl_easy_setopt(
      easy, CURLOPT_PREREQFUNCTION, +[](void* self, char*, char*, int, int) -> int {
        auto& me = *static_cast<careless*>(self);
        me.seen = owner_of(me.easy);
        return CURL_PREREQFUNC_OK;
      });
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION,
      +[](char*, std::size_t size, std::size_t count, void*) -> std::size_t { return size * count; });
  EXPECT_EQ(curl_easy_perform(easy), CURLE_OK);
  return state.seen;
}

TEST(careless_sharing, is_seen_by_the_server_and_by_our_own_check_before_the_request_leaves) {
  test_fleet fleet;
  const test_server server{fleet.over_tls()};
  const easy_handle shared{curl_easy_init()};
  const auto first = send_carelessly(shared.get(), server.url("/1"), *fleet.device(1), device_index{1},
                                     carelessness::shared_connection);
  const auto second = send_carelessly(shared.get(), server.url("/2"), *fleet.device(2), device_index{2},
                                      carelessness::shared_connection);
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].client, "device-1");
  EXPECT_EQ(seen[1].client, "device-1"); // device 2's request went out as device 1
  EXPECT_EQ(first, (speaker{device_index{1}, fleet.device(1)->serial()}));
  EXPECT_EQ(second, first); // and not device 2, whom it should be
}

TEST(careless_sharing, of_a_tls_session_is_seen_by_both_too) {
  test_fleet fleet;
  const test_server server{fleet.over_tls()};
  const easy_handle shared{curl_easy_init()};
  static_cast<void>(
      send_carelessly(shared.get(), server.url("/1"), *fleet.device(1), device_index{1}, carelessness::shared_session));
  const auto second =
      send_carelessly(shared.get(), server.url("/2"), *fleet.device(2), device_index{2}, carelessness::shared_session);
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].connection, 2); // a connection of its own, and yet:
  EXPECT_TRUE(seen[1].resumed);
  EXPECT_EQ(seen[1].client, "device-1");
  EXPECT_NE(second, (speaker{device_index{2}, fleet.device(2)->serial()}));
}

TEST(one_door_s_installation, alone_already_keeps_sessions_apart) {
  test_fleet fleet;
  const test_server server{fleet.over_tls()};
  const easy_handle shared{curl_easy_init()};
  curl_easy_setopt(shared.get(), CURLOPT_FORBID_REUSE, 1L);
  for (const std::uint32_t number : {1U, 2U})
    static_cast<void>(send_carelessly(shared.get(), server.url("/x"), *fleet.device(number), device_index{number},
                                      carelessness::shared_connection));
  EXPECT_FALSE(server.requests().at(1).resumed);
  EXPECT_EQ(server.requests().at(1).client, "device-2");
}

} // namespace
} // namespace otafleet::net
