#include "net/engine.hpp"

#include <gtest/gtest.h>

#include "net/test_fleet.hpp"

namespace otafleet::net {
namespace {

using lines = std::vector<std::string>;

class engine_request : public testing::Test {
protected:
  reply get(const std::string& path) { return fetch(through, fleet.to(server, path)); }

  test_fleet fleet;
  test_server server{fleet.over_tls()};
  engine through{{}};
};

// -- what goes out ----------------------------------------------------------------

TEST_F(engine_request, sends_a_get_with_the_headers_of_the_real_client_and_no_others) {
  auto what = fleet.to(server, "/director/targets.json");
  what.user_agent = "Aktualizr/2020.10";
  what.headers = {"X-Otafleet-Device: 0"};
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::none);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.body_bytes, 5U);
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.client, "device-0");
  EXPECT_EQ(seen.request_line, "GET /director/targets.json HTTP/1.1");
  EXPECT_EQ(seen.headers, (lines{"Host: 127.0.0.1:" + std::to_string(server.port()), "User-Agent: Aktualizr/2020.10",
                                 "Accept: */*", "X-Otafleet-Device: 0"}));
}

TEST_F(engine_request, sends_a_put_with_its_body_and_type) {
  auto what = fleet.to(server, "/director/manifest");
  what.verb = method::put;
  what.user_agent = "Aktualizr/2020.10";
  what.content_type = "application/json";
  what.body = R"({"signed":{}})";
  EXPECT_EQ(fetch(through, std::move(what)).status, 200);
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.request_line, "PUT /director/manifest HTTP/1.1");
  EXPECT_EQ(seen.headers, (lines{"Host: 127.0.0.1:" + std::to_string(server.port()), "User-Agent: Aktualizr/2020.10",
                                 "Accept: */*", "Content-Type: application/json", "Content-Length: 13"}));
  EXPECT_EQ(seen.body, R"({"signed":{}})");
}

TEST_F(engine_request, sends_two_megabytes_at_once_without_asking_for_permission) {
  auto what = fleet.to(server, "/events");
  what.verb = method::post;
  what.content_type = "application/json";
  what.body = std::string(2'000'000, ' ');
  EXPECT_EQ(fetch(through, std::move(what)).status, 200);
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.body.size(), 2'000'000U);
  for (const auto& header : seen.headers)
    EXPECT_FALSE(header.starts_with("Expect")) << header;
}

TEST_F(engine_request, sends_an_empty_post_as_such) {
  auto what = fleet.to(server, "/x");
  what.verb = method::post;
  EXPECT_EQ(fetch(through, std::move(what)).status, 200);
  EXPECT_EQ(server.requests().at(0).headers.back(), "Content-Length: 0");
}

TEST_F(engine_request, does_not_let_a_header_smuggle_another_in) {
  auto what = fleet.to(server, "/x");
  what.headers = {"X-A: 1\r\nX-B: 2"};
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::other);
  EXPECT_EQ(got.detail, "a header of the request has a line break in it");
  EXPECT_EQ(server.connections(), 0);
}

TEST(engine, speaks_plain_http_without_an_identity) {
  const test_server server{{}};
  engine through{{}};
  request what;
  what.url = server.url("/admin");
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.body, "hello") << got.detail;
  EXPECT_EQ(got.timings.tls.count(), 0);
}

TEST(engine, reaches_ipv6_hosts) {
  test_fleet fleet;
  auto options = fleet.over_tls();
  options.ipv6 = true;
  const test_server server{options};
  engine through{{}};
  const auto got = fetch(through, fleet.to(server, "/x", 5));
  EXPECT_EQ(got.body, "hello") << got.detail;
}

TEST(engine, sends_the_anchors_after_the_leaf_when_told_to) {
  test_fleet fleet;
  const test_server server{fleet.over_tls()};
  engine through{{}};
  auto what = fleet.to(server, "/x");
  what.as = fleet.identity_named("device-0", sent_chain::leaf_and_anchors);
  EXPECT_EQ(fetch(through, std::move(what)).status, 200);
}

// -- redirects ----------------------------------------------------------------------

TEST_F(engine_request, follows_a_redirect_and_keeps_a_put_a_put) {
  auto what = fleet.to(server, "/redirect-302/final");
  what.verb = method::put;
  what.body = "x";
  EXPECT_EQ(fetch(through, std::move(what)).status, 200);
  EXPECT_EQ(server.requests().at(1).request_line, "PUT /final HTTP/1.1");
}

TEST_F(engine_request, keeps_the_body_of_a_post_over_a_301_only) {
  for (const auto* path : {"/redirect-301/final", "/redirect-302/final"}) {
    auto what = fleet.to(server, path);
    what.verb = method::post;
    what.body = "x";
    EXPECT_EQ(fetch(through, std::move(what)).status, 200);
  }
  EXPECT_EQ(server.requests().at(1).request_line, "POST /final HTTP/1.1");
  EXPECT_EQ(server.requests().at(1).body, "x");
  EXPECT_EQ(server.requests().at(3).request_line, "GET /final HTTP/1.1");
}

TEST_F(engine_request, follows_ten_redirects_and_no_more) {
  std::string path = "/final";
  for (int i = 0; i < 10; ++i)
    path.insert(0, "/redirect-302");
  EXPECT_EQ(get(path).status, 200);
  const auto got = get("/redirect-302" + path);
  EXPECT_EQ(got.why, failure::malformed_reply);
  EXPECT_EQ(server.requests().size(), 11U + 11U);
}

TEST_F(engine_request, asks_where_a_redirect_may_lead_before_it_goes_there) {
  class only_final final : public redirect_rule {
  public:
    explicit only_final(std::string allowed) : allowed_(std::move(allowed)) {}
    [[nodiscard]] bool may_follow(std::string_view url) const override { return url == allowed_; }

  private:
    std::string allowed_;
  };
  auto what = fleet.to(server, "/redirect-302/final");
  what.redirects = std::make_shared<only_final>(server.url("/final"));
  const auto followed = fetch(through, what);
  EXPECT_EQ(followed.status, 200);
  EXPECT_EQ(followed.redirects, 1);
  what.redirects = std::make_shared<only_final>(server.url("/else"));
  const auto got = fetch(through, what);
  EXPECT_EQ(got.why, failure::forbidden) << got.detail;
  EXPECT_EQ(got.status, 302);
  EXPECT_EQ(server.requests().size(), 2U + 1U);
}

TEST_F(engine_request, does_not_follow_a_redirect_out_of_http) {
  const auto got = get("/to-ftp");
  EXPECT_EQ(got.why, failure::malformed_reply) << got.detail;
}

// -- what comes back ------------------------------------------------------------------

TEST_F(engine_request, tells_statuses_apart_from_failures) {
  for (const int status : {204, 404, 409, 503}) {
    const auto got = get("/status/" + std::to_string(status));
    EXPECT_EQ(got.why, failure::none) << got.detail;
    EXPECT_EQ(got.status, status);
  }
}

TEST_F(engine_request, takes_a_body_of_exactly_the_limit) {
  auto what = fleet.to(server, "/body/1000");
  what.max_reply_bytes = 1000;
  EXPECT_EQ(fetch(through, std::move(what)).body_bytes, 1000U);
}

TEST_F(engine_request, refuses_a_body_one_byte_above_the_limit) {
  auto what = fleet.to(server, "/body/1001");
  what.max_reply_bytes = 1000;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::too_large) << got.detail;
  EXPECT_EQ(got.body_bytes, 0U); // the announcement was enough
}

TEST_F(engine_request, refuses_any_body_when_none_is_allowed) {
  auto what = fleet.to(server, "/body/1");
  what.max_reply_bytes = 0;
  EXPECT_EQ(fetch(through, std::move(what)).why, failure::too_large);
}

TEST_F(engine_request, does_not_wait_for_the_bytes_that_a_huge_length_announces) {
  const auto got = get("/announce/1000000000");
  EXPECT_EQ(got.why, failure::too_large) << got.detail;
  EXPECT_LT(got.timings.total, std::chrono::seconds{5});
}

TEST_F(engine_request, stops_at_the_limit_when_nothing_was_announced) {
  auto what = fleet.to(server, "/endless");
  what.max_reply_bytes = 100'000;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::too_large) << got.detail;
  EXPECT_LE(got.body.size(), 100'000U);
}

TEST_F(engine_request, stops_at_64_kib_of_headers) {
  const auto got = get("/headers");
  EXPECT_EQ(got.why, failure::too_large) << got.detail;
}

TEST_F(engine_request, times_its_phases) {
  const auto got = get("/delay/50");
  EXPECT_TRUE(got.opened_connection);
  EXPECT_GT(got.timings.tls.count(), 0);
  EXPECT_GE(got.timings.first_byte, std::chrono::milliseconds{50});
  const auto& part = got.timings;
  EXPECT_EQ(part.queued + part.resolve + part.connect + part.tls + part.first_byte + part.body, part.total);
}

} // namespace
} // namespace otafleet::net
