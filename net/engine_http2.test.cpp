// What the engine offers by ALPN, and that one identity keeps its one door when a server takes HTTP/2.
#include <gtest/gtest.h>

#include "net/test_fleet.hpp"

namespace otafleet::net {
namespace {

class engine_alpn : public testing::Test {
protected:
  [[nodiscard]] test_server_options taking(const std::string& protocol) const {
    auto options = fleet.over_tls();
    options.takes = protocol;
    return options;
  }
  request to(const test_server& server, std::uint32_t number, connection_policy policy = connection_policy::fresh) {
    auto what = fleet.to(server, "/director/manifest", number);
    what.verb = method::put;
    what.content_type = "application/json";
    what.body = R"({"signed":{}})";
    what.connection = policy;
    return what;
  }

  test_fleet fleet;
  engine through{{.threads = 2, .max_in_flight = 40}};
};

TEST_F(engine_alpn, offers_http_2_and_1_1_and_speaks_1_1_with_a_server_that_takes_it_or_nothing) {
  for (const auto* protocol : {"", "http/1.1"}) {
    const test_server server{taking(protocol)};
    const auto got = fetch(through, to(server, 1));
    EXPECT_EQ(got.status, 200) << got.detail;
    EXPECT_EQ(server.requests().at(0).offered, "h2,http/1.1");
    EXPECT_EQ(server.requests().at(0).request_line, "PUT /director/manifest HTTP/1.1");
  }
}

TEST_F(engine_alpn, speaks_http_2_with_a_server_that_takes_it) {
  const test_server server{taking("h2")};
  const auto got = fetch(through, to(server, 1));
  EXPECT_EQ(got.status, 200) << got.detail;
  EXPECT_EQ(got.body, "device-1");
  EXPECT_TRUE(server.requests().at(0).request_line.empty()); // it was none of HTTP/1.1
}

/// Each answer's body is the CN that the server sees: no request may come back as another device's.
class one_door_of_http2 : public engine_alpn, public testing::WithParamInterface<connection_policy> {};

INSTANTIATE_TEST_SUITE_P(policy, one_door_of_http2,
                         testing::Values(connection_policy::fresh, connection_policy::keep_alive),
                         [](const auto& each) {
                           return each.param == connection_policy::fresh ? "fresh" : "keep_alive";
                         });

TEST_P(one_door_of_http2, a_hundred_devices_are_always_themselves) {
  constexpr std::uint32_t devices = 100;
  constexpr std::uint32_t rounds = 4;
  const test_server server{taking("h2")};
  std::vector<std::pair<std::string, std::future<reply>>> open;
  for (std::uint32_t round = 0; round < rounds; ++round)
    for (std::uint32_t number = 0; number < devices; ++number)
      open.emplace_back("device-" + std::to_string(number), send(through, to(server, number, GetParam())));
  for (auto& [who, answer] : open) {
    const auto got = answer.get();
    EXPECT_EQ(got.status, 200) << got.detail;
    EXPECT_EQ(got.body, who);
  }
  const auto connections = GetParam() == connection_policy::fresh ? devices * rounds : devices;
  EXPECT_EQ(server.connections(), static_cast<int>(connections));
  EXPECT_EQ(through.counters().connections_opened, connections);
  EXPECT_EQ(through.counters().identity_mismatches, 0U);
  for (const auto& each : server.requests())
    EXPECT_FALSE(each.resumed);
}

TEST_F(engine_alpn, never_sends_two_requests_of_a_device_at_once_over_one_http_2_connection) {
  const test_server server{taking("h2")};
  std::vector<std::future<reply>> open;
  open.reserve(20);
  for (int i = 0; i < 20; ++i)
    open.push_back(send(through, to(server, 1)));
  for (auto& each : open)
    EXPECT_EQ(each.get().body, "device-1");
  EXPECT_EQ(server.connections(), 20);
}

TEST_F(engine_alpn, retries_a_503_on_its_http_2_connection_and_closes_it_after_the_answer) {
  auto options = taking("h2");
  options.first_status = 503;
  const test_server server{options};
  EXPECT_EQ(fetch(through, to(server, 1)).status, 503);
  auto again = to(server, 1);
  again.is_retry = true;
  const auto got = fetch(through, std::move(again));
  EXPECT_EQ(got.status, 200);
  EXPECT_FALSE(got.opened_connection);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

} // namespace
} // namespace otafleet::net
