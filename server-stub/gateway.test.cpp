// The gateway over real sockets: what it refuses, what it survives, how it starts and stops.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server-stub/running_stub.test.hpp"
#include "server-stub/signed_document.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;
using clock = std::chrono::steady_clock;

std::string code(const std::optional<response>& answer) {
  return json::parse(answer->body)["code"];
}

// -- answers ------------------------------------------------------------------

TEST(gateway, refuses_provisioning_by_its_codes) {
  running_stub backend;
  static_cast<void>(backend.provision("dev-1"));
  auto shared = backend.connect(backend.provisioning());
  const auto taken = shared.request("POST", "/devices", R"({"deviceId":"dev-1","ttl":"1"})");
  EXPECT_EQ(taken->status, 409);
  EXPECT_EQ(code(taken), "device_already_registered");
  EXPECT_EQ(shared.request("POST", "/devices", R"({"deviceId":"","ttl":"1"})")->status, 400);
  EXPECT_EQ(code(shared.request("POST", "/devices", "{")), "invalid_entity");
}

TEST(gateway, answers_paths_and_verbs_it_does_not_know) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  EXPECT_EQ(device.request("GET", "/nothing")->status, 404);
  const auto wrong = device.request("DELETE", "/director/manifest");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.at("allow"), "PUT");
  const auto next = device.request("GET", "/director/2.root.json");
  EXPECT_EQ(next->status, 404);
  EXPECT_EQ(code(next), "root_role_not_found");
  EXPECT_EQ(device.request("GET", "/campaigner/campaigns")->body, R"({"campaigns":[]})");
}

TEST(gateway, refuses_reports_by_their_codes) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  EXPECT_EQ(code(device.request("POST", "/system_info/config", "{}", {"Content-Type: application/json"})),
            "malformed_input");
  EXPECT_EQ(code(device.request("PUT", "/system_info/network", "{}")), "invalid_entity");
  EXPECT_EQ(code(device.request("PUT", "/core/installed", "{}")), "invalid_entity");
  EXPECT_EQ(code(device.request("POST", "/events", "[{}]")), "invalid_entity");
  EXPECT_EQ(code(device.request("POST", "/director/ecus", "{}")), "invalid_entity");
  EXPECT_EQ(device.request("PUT", "/director/manifest", "{}")->status, 404) << "no ECU is registered";
  auto vehicle = test_vehicle::make();
  EXPECT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 201);
  EXPECT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 200);
  EXPECT_EQ(code(device.request("PUT", "/director/manifest", test_vehicle::make().manifest())), "signature_not_valid");
  EXPECT_EQ(backend.status()["manifests"]["refused"], 2);
}

TEST(gateway, serves_image_metadata_with_its_headers) {
  running_stub backend;
  static_cast<void>(backend.operate("PUT", "/api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g", "x"));
  auto device = backend.connect(backend.provision("dev-1"));
  const auto root = device.request("GET", "/repo/1.root.json")->body;
  const auto targets = device.request("GET", "/repo/targets.json");
  EXPECT_EQ(verified(targets->body, root, "targets")["targets"]["f"]["length"], 1);
  EXPECT_EQ(targets->headers.at("x-ats-role-checksum"), pki::sha256_hex(as_bytes(targets->body)));
  EXPECT_EQ(targets->headers.at("x-ats-tuf-repo-id").size(), 36u);
  EXPECT_EQ(verified(device.request("GET", "/repo/snapshot.json")->body, root, "snapshot")["_type"], "Snapshot");
  EXPECT_EQ(verified(device.request("GET", "/repo/timestamp.json")->body, root, "timestamp")["_type"], "Timestamp");
}

TEST(gateway, serves_parts_of_images) {
  running_stub backend;
  std::string image(3'000'000, '\0');
  for (std::size_t at = 0; at < image.size(); ++at)
    image[at] = static_cast<char>(at * 31 + at / 256);
  ASSERT_EQ(backend.operate("PUT", "/api/v1/user_repo/targets/big?name=f&version=1&hardwareIds=g", image)->status, 204);
  auto device = backend.connect(backend.provision("dev-1"));
  EXPECT_EQ(device.request("GET", "/repo/targets/big")->body, image);
  const auto part = device.request("GET", "/repo/targets/big", "", {"Range: bytes=1000000-2999999"});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, image.substr(1'000'000));
  const auto beyond = device.request("GET", "/repo/targets/big", "", {"Range: bytes=3000000-"});
  EXPECT_EQ(beyond->status, 416);
  EXPECT_EQ(beyond->headers.at("content-range"), "bytes */3000000");
  const auto head = device.request("HEAD", "/repo/targets/big");
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-length"), "3000000");
  EXPECT_EQ(device.request("GET", "/repo/targets/none")->status, 404);
}

TEST(gateway, invites_a_body_that_asks_first) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  device.send("PUT /system_info HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(device.receive()->status, 100);
  device.send("{}");
  EXPECT_EQ(device.receive()->status, 200);
}

TEST(gateway, takes_chunked_bodies_up_to_the_same_limit) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  const std::string head = "PUT /system_info/network HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  device.send(head + "28\r\n{\"hostname\":\"\",\"local_ipv4\":\"\",\"mac\":\"\"}\r\n0\r\n\r\n");
  EXPECT_EQ(device.receive()->status, 204);
  device.send(head + "2000\r\n" + std::string(0x2000, ' ') + "\r\n0\r\n\r\n");
  EXPECT_EQ(device.receive()->status, 413);
}

TEST(gateway, speaks_http_1_1_only) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  auto options = backend.options_for(credential);
  options.alpn = "\x02h2\x08http/1.1";
  tls_client both{port_of(backend.server->gateway_url()), options};
  EXPECT_EQ(both.alpn(), "http/1.1");
  options.alpn = "\x02h2";
  tls_client only_h2{port_of(backend.server->gateway_url()), options};
  EXPECT_FALSE(only_h2.connected());
}

TEST(gateway, speaks_tls_1_2_and_1_3_and_nothing_older) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  auto options = backend.options_for(credential);
  const std::vector<std::pair<int, std::string>> versions{{TLS1_3_VERSION, "TLSv1.3"}, {TLS1_2_VERSION, "TLSv1.2"}};
  for (const auto& [version, name] : versions) {
    options.highest_version = version;
    tls_client client{port_of(backend.server->gateway_url()), options};
    EXPECT_EQ(client.request("GET", "/director/1.root.json")->status, 200);
    EXPECT_EQ(client.protocol(), name);
  }
  options.highest_version = TLS1_1_VERSION;
  tls_client old{port_of(backend.server->gateway_url()), options};
  EXPECT_FALSE(old.connected());
}

// -- what it survives ---------------------------------------------------------

TEST(gateway, refuses_bodies_and_heads_over_their_limits) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  auto device = backend.connect(credential);
  device.send("PUT /system_info/network HTTP/1.1\r\nHost: h\r\nContent-Length: 4097\r\n\r\n");
  const auto too_long = device.receive();
  EXPECT_EQ(too_long->status, 413);
  EXPECT_EQ(too_long->headers.at("connection"), "close");
  auto with_long_head = backend.connect(credential);
  EXPECT_EQ(with_long_head.request("GET", "/director/1.root.json", "", {"X-Long: " + std::string(20'000, 'x')})->status,
            431);
  auto with_body = backend.connect(credential);
  EXPECT_EQ(with_body.request("GET", "/director/1.root.json", "body")->status, 413);
}

TEST(gateway, outlives_garbage_before_and_after_the_handshake) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  const raw_client not_tls{port_of(backend.server->gateway_url())};
  not_tls.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_NE(not_tls.read_all().substr(0, 4), "HTTP");
  auto not_http = backend.connect(credential);
  not_http.send(std::string("\x00\x01\x02garbage\r\n\r\n", 14));
  EXPECT_EQ(not_http.receive()->status, 400);
  auto still_there = backend.connect(credential);
  EXPECT_EQ(still_there.request("GET", "/director/1.root.json")->status, 200);
}

TEST(gateway, serves_others_while_some_connections_say_nothing) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  std::vector<std::unique_ptr<raw_client>> silent;
  for (int at = 0; at < 50; ++at)
    silent.push_back(std::make_unique<raw_client>(port_of(backend.server->gateway_url())));
  auto half_a_head = backend.connect(credential);
  half_a_head.send("GET /director/1.root");
  auto half_a_body = backend.connect(credential);
  half_a_body.send("PUT /system_info HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{");
  auto device = backend.connect(credential);
  EXPECT_EQ(device.request("GET", "/director/1.root.json")->status, 200);
  half_a_head.send(".json HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(half_a_head.receive()->status, 200);
}

TEST(gateway, hangs_up_on_a_client_that_never_begins_its_handshake) {
  running_stub backend;
  const raw_client silent{port_of(backend.server->gateway_url())};
  const auto start = clock::now();
  EXPECT_TRUE(silent.read_all().empty());
  const auto waited = clock::now() - start;
  EXPECT_GT(waited, std::chrono::seconds{13});
  EXPECT_LT(waited, std::chrono::seconds{19}) << "this test's own patience is 20 s";
}

TEST(gateway, answers_408_to_a_client_whose_body_never_ends) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  device.wait_at_most(std::chrono::seconds{45});
  const auto start = clock::now();
  device.send("PUT /system_info HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{");
  const auto answer = device.receive();
  ASSERT_TRUE(answer) << "it is told, and does not just lose its connection";
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(code(answer), "request_timeout");
  EXPECT_EQ(answer->headers.at("connection"), "close");
  EXPECT_GT(clock::now() - start, std::chrono::seconds{28});
}

TEST(gateway, answers_requests_that_came_in_one_piece_in_their_order) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  const std::string get = " HTTP/1.1\r\nHost: h\r\n\r\n";
  device.send("GET /director/1.root.json" + get + "GET /director/2.root.json" + get + "GET /repo/1.root.json" + get);
  EXPECT_EQ(device.receive()->status, 200);
  EXPECT_EQ(device.receive()->status, 404);
  EXPECT_EQ(device.receive()->status, 200);
}

TEST(gateway, serves_many_devices_at_once_and_confuses_none) {
  running_stub backend;
  constexpr int devices = 24;
  std::vector<std::thread> threads;
  for (int at = 0; at < devices; ++at)
    threads.emplace_back([&backend, at] {
      const auto id = "dev-" + std::to_string(at);
      const std::vector<std::string> claim{"X-Otafleet-Device: " + id};
      const auto credential = backend.provision(id);
      auto vehicle = test_vehicle::make();
      auto device = backend.connect(credential);
      EXPECT_EQ(device.request("POST", "/director/ecus", vehicle.registration(), claim)->status, 201);
      for (int poll = 0; poll < 5; ++poll) {
        EXPECT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest(), claim)->status, 200);
        EXPECT_EQ(device.request("GET", "/director/targets.json", "", claim)->status, 200);
      }
    });
  for (auto& thread : threads)
    thread.join();
  const auto status = backend.status();
  EXPECT_EQ(status["identity"]["requests_checked"], devices * 12);
  EXPECT_EQ(status["identity"]["mismatches"], 0);
  EXPECT_EQ(status["manifests"]["accepted"], devices * 5);
}

// -- pace ---------------------------------------------------------------------

TEST(gateway, lets_certificates_wait_in_line_without_holding_up_anything_else) {
  auto options = running_stub::defaults();
  options.issue_rate = 4;
  options.workers = 1;
  running_stub backend{options};
  const auto credential = backend.provision("first");
  auto waiting = backend.connect(backend.provisioning());
  auto device = backend.connect(credential);
  const auto start = clock::now();
  const std::string body = R"({"deviceId":"second","ttl":"1"})";
  waiting.send("POST /devices HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               body);
  EXPECT_EQ(device.request("GET", "/director/1.root.json")->status, 200);
  const auto other_done = clock::now();
  EXPECT_EQ(waiting.receive()->status, 200);
  const auto in_line_done = clock::now();
  EXPECT_LT(other_done, in_line_done);
  EXPECT_LT(in_line_done - start, std::chrono::seconds{2});
}

TEST(gateway, adds_its_latency_to_every_answer) {
  auto options = running_stub::defaults();
  options.latency = std::chrono::milliseconds{60};
  running_stub backend{options};
  auto device = backend.connect(backend.provision("dev-1"));
  const auto start = clock::now();
  EXPECT_EQ(device.request("GET", "/director/1.root.json")->status, 200);
  EXPECT_GE(clock::now() - start, std::chrono::milliseconds{60});
}

// -- start and stop -----------------------------------------------------------

TEST(gateway, finishes_the_request_it_is_answering_when_it_stops) {
  auto options = running_stub::defaults();
  options.latency = std::chrono::milliseconds{300};
  running_stub backend{options};
  auto device = backend.connect(backend.provision("dev-1"));
  auto idle = backend.connect(backend.provisioning());
  ASSERT_EQ(device.request("GET", "/director/1.root.json")->status, 200);
  device.send("GET /director/1.root.json HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string taken = "otafleet_stub_requests_total{endpoint=\"director_root\",code=\"200\"} 2\n";
  while (backend.operate("GET", "/metrics")->body.find(taken) == std::string::npos)
    std::this_thread::yield();
  std::thread stopping{[&] { backend.server->stop(); }};
  EXPECT_EQ(device.receive()->status, 200);
  EXPECT_FALSE(device.receive());
  stopping.join();
  backend.server->stop();
  EXPECT_FALSE(idle.receive());
  EXPECT_FALSE(raw_client{port_of(backend.server->gateway_url())}.connected());
}

TEST(gateway, says_which_port_is_taken_and_what_to_do) {
  running_stub first;
  auto options = running_stub::defaults();
  options.gateway_port = port_of(first.server->gateway_url());
  const auto second = server::start(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "the gateway cannot listen on 127.0.0.1:" + std::to_string(options.gateway_port) +
                                ": another program does already; stop it, or choose another port (0 picks a free one)");
}

TEST(gateway, refuses_options_with_a_sentence) {
  const auto refused = [](auto change) {
    auto options = running_stub::defaults();
    change(options);
    const auto started = server::start(options);
    return started ? std::string{} : started.error();
  };
  EXPECT_EQ(refused([](auto& o) { o.operator_address = "0.0.0.0"; }),
            "the operator API is plain HTTP and listens on a loopback address only, not on 0.0.0.0; use 127.0.0.1");
  EXPECT_EQ(refused([](auto& o) { o.accounts.clear(); }), "a backend needs at least one account");
  EXPECT_EQ(refused([](auto& o) { o.accounts[1].name = "qa"; }), "there are two accounts named qa");
  EXPECT_FALSE(refused([](auto& o) { o.accounts[0].name = "q/a"; }).empty());
  EXPECT_FALSE(refused([](auto& o) { o.accounts[0].metadata_key = pki::key_type::ec_p256; }).empty());
  EXPECT_FALSE(refused([](auto& o) { o.workers = 0; }).empty());
  EXPECT_FALSE(refused([](auto& o) { o.issue_rate = -1; }).empty());
  EXPECT_FALSE(refused([](auto& o) { o.gateway_address = "localhost"; }).empty());
  EXPECT_EQ(refused([](auto& o) { o.workers = 3; }), "");
}

} // namespace
} // namespace otafleet::stub
