// How the engine names what can go wrong on the way.
#include <gtest/gtest.h>

#include "net/test_fleet.hpp"

namespace otafleet::net {
namespace {

using namespace std::chrono_literals;

class engine_failure : public testing::Test {
protected:
  reply get(const std::string& path) { return fetch(through, fleet.to(server, path)); }

  test_fleet fleet;
  test_server server{fleet.over_tls()};
  engine through{{}};
};

TEST_F(engine_failure, a_server_of_another_authority_is_refused) {
  test_fleet stranger;
  auto what = fleet.to(server, "/x");
  what.as = stranger.identity_named("device-0");
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::tls_handshake) << got.detail;
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(engine_failure, nobody_refuses_every_server_and_says_so_in_the_handshake) {
  for (const bool older : {false, true}) {
    auto options = fleet.over_tls();
    options.only_tls_1_2 = older;
    const test_server refused{options};
    auto what = fleet.to(refused, "/x");
    what.as = identity::nobody();
    const auto got = fetch(through, std::move(what));
    EXPECT_EQ(got.why, failure::tls_handshake) << got.detail;
    ASSERT_TRUE(refused.wait_for_failed_handshakes(1));
    EXPECT_EQ(refused.failed_handshakes().at(0).why, "tlsv1 alert unknown ca");
    EXPECT_TRUE(refused.requests().empty());
  }
}

TEST_F(engine_failure, a_device_that_was_nobody_becomes_itself) {
  auto before = fleet.to(server, "/x", 4);
  before.as = identity::nobody();
  EXPECT_EQ(fetch(through, std::move(before)).why, failure::tls_handshake);
  const auto got = fetch(through, fleet.to(server, "/x", 4));
  ASSERT_EQ(got.status, 200) << got.detail;
  EXPECT_EQ(server.requests().at(0).client, "device-4");
  EXPECT_EQ(through.counters().identity_mismatches, 0U);
}

TEST_F(engine_failure, a_server_with_another_name_is_refused) {
  auto options = fleet.over_tls();
  options.tls = fleet.server_credential("gateway.example");
  const test_server elsewhere{options};
  const auto got = fetch(through, fleet.to(elsewhere, "/x"));
  EXPECT_EQ(got.why, failure::tls_handshake) << got.detail;
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(engine_failure, a_certificate_that_the_server_refuses_is_told_apart) {
  // The client trusts our gateway, but comes with a certificate of another fleet.
  const test_fleet stranger;
  auto content = stranger.device_credential("device-0");
  const auto trust = trust_store::make({fleet.gateway().root()}).value();
  const auto who = std::make_shared<const identity>(std::move(content.key), content.leaf, trust);
  for (const bool older : {false, true}) {
    auto options = fleet.over_tls();
    options.only_tls_1_2 = older;
    const test_server strict{options};
    auto what = fleet.to(strict, "/x");
    what.as = who;
    const auto got = fetch(through, std::move(what));
    EXPECT_EQ(got.why, failure::certificate_rejected) << (older ? "TLS 1.2: " : "TLS 1.3: ") << got.detail;
  }
}

TEST_F(engine_failure, a_plain_server_behind_https_fails_the_handshake) {
  const test_server plain{{}};
  auto what = fleet.to(plain, "/x");
  what.url.replace(0, 4, "https");
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::tls_handshake) << got.detail;
}

TEST_F(engine_failure, a_closed_port_is_a_connect_failure) {
  std::string url;
  {
    const test_server gone{fleet.over_tls()};
    url = gone.url("/x");
  }
  auto what = fleet.to(server, "/x");
  what.url = url;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::connect) << got.detail;
  EXPECT_FALSE(got.detail.empty());
}

TEST_F(engine_failure, a_name_that_does_not_exist_is_a_resolve_failure) {
  auto what = fleet.to(server, "/x");
  what.url = "https://nowhere.invalid/x";
  EXPECT_EQ(fetch(through, std::move(what)).why, failure::resolve);
}

TEST_F(engine_failure, an_address_that_is_none_is_another_failure) {
  auto what = fleet.to(server, "/x");
  what.url = "https://";
  EXPECT_EQ(fetch(through, std::move(what)).why, failure::other);
}

TEST_F(engine_failure, garbage_instead_of_http_is_a_malformed_reply) {
  const auto got = get("/garbage");
  EXPECT_EQ(got.why, failure::malformed_reply) << got.detail;
  EXPECT_EQ(got.status, 0);
}

TEST_F(engine_failure, a_connection_closed_without_an_answer_is_lost) {
  const auto got = get("/nothing");
  EXPECT_EQ(got.why, failure::connection_lost) << got.detail;
}

TEST_F(engine_failure, a_body_cut_short_is_a_lost_connection) {
  const auto got = get("/cut");
  EXPECT_EQ(got.why, failure::connection_lost) << got.detail;
  EXPECT_EQ(got.body_bytes, 10U);
}

TEST_F(engine_failure, a_slow_answer_is_a_timeout) {
  auto what = fleet.to(server, "/delay/60000");
  what.total_timeout = 100ms;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::timeout) << got.detail;
  EXPECT_GE(got.timings.total, 100ms);
  EXPECT_LT(got.timings.total, 5s);
}

TEST_F(engine_failure, a_trickle_below_5000_bytes_a_second_is_a_timeout) {
  auto what = fleet.to(server, "/trickle");
  what.total_timeout = 0ms;
  what.max_reply_bytes = 1'000'000;
  what.low_speed_window = 1s;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::timeout) << got.detail;
  EXPECT_LT(got.timings.total, 10s);
}

} // namespace
} // namespace otafleet::net
