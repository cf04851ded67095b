// Every attack over real sockets: what devices get, what the backend counts, and that all is genuine again afterwards.
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

struct attack_gateway_test : ::testing::Test {
  running_stub backend;
  pki::credential credential = backend.provision("dev-1");
  tls_client device = backend.connect(credential);
  test_vehicle vehicle = test_vehicle::make();
  const std::string image = std::string(100'000, 'x');

  void SetUp() override {
    ASSERT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 201);
    manifest();
    ASSERT_EQ(backend.operate("PUT", "/api/v1/user_repo/targets/fw-1?name=fw&version=1&hardwareIds=gw", image)->status,
              204);
  }

  int play(const std::string& kind, const std::string& account = "qa") {
    return backend.operate("PUT", "/otafleet/v1/accounts/" + account + "/attack", R"({"kind":)" + kind + "}")->status;
  }
  json counts(const std::string& kind) { return backend.status()["attacks"]["qa"][kind]; }
  void manifest() { ASSERT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest())->status, 200); }
  std::string get(const std::string& path) { return device.request("GET", path)->body; }

  std::string assign(const std::string& filename) {
    const auto update =
        json::parse(backend.operate("POST", "/api/v1/multi_target_updates", update_body("gw", filename, image))->body);
    return backend.operate("POST", "/api/v1/assignments", assignment_body(update, {"dev-1"}))->body;
  }
};

json count(int served, int devices, int accepted) {
  return {{"served", served}, {"devices", devices}, {"accepted", accepted}};
}

TEST_F(attack_gateway_test, is_switched_by_an_operator_and_audited) {
  EXPECT_EQ(backend.status()["attacks"], json::parse(R"({"production":{},"qa":{}})"));
  EXPECT_EQ(play(R"("freeze")"), 204);
  EXPECT_EQ(counts("freeze"), count(0, 0, 0));
  EXPECT_EQ(play("null"), 204);
  EXPECT_EQ(counts("freeze"), count(0, 0, 0)) << "it was on once";
  const auto audit = json::parse(backend.operate("GET", "/otafleet/v1/audit")->body)["values"];
  EXPECT_EQ(audit[audit.size() - 2]["action"], "attack");
  EXPECT_EQ(audit[audit.size() - 2]["subject"], "freeze");
  EXPECT_EQ(audit.back()["subject"], "none");
  for (const auto* wrong : {R"("freezing")", "1", "{}", "[]"})
    EXPECT_EQ(play(wrong), 400) << wrong;
  EXPECT_EQ(play(R"("freeze")", "nobody"), 404);
  EXPECT_EQ(backend.operate("PUT", "/otafleet/v1/accounts/qa/attack", "{}")->status, 400);
  EXPECT_EQ(backend.operate("POST", "/otafleet/v1/accounts/qa/attack", "{}")->status, 405);
  EXPECT_EQ(backend.operate_as("", "PUT", "/otafleet/v1/accounts/qa/attack", R"({"kind":null})")->status, 401);
}

TEST_F(attack_gateway_test, bends_one_account_only) {
  ASSERT_EQ(play(R"("wrong-role-key")"), 204);
  const auto other = backend.provision("dev-1", "production");
  auto safe = backend.connect(other);
  ASSERT_EQ(safe.request("POST", "/director/ecus", vehicle.registration())->status, 201);
  EXPECT_NO_THROW(verified(safe.request("GET", "/director/targets.json")->body,
                           safe.request("GET", "/director/1.root.json")->body, "targets"));
  EXPECT_THROW(verified(get("/director/targets.json"), get("/director/1.root.json"), "targets"), std::runtime_error);
  EXPECT_EQ(backend.status()["attacks"]["production"], json::object());
}

TEST_F(attack_gateway_test, counts_who_accepts_and_who_does_not) {
  ASSERT_EQ(play(R"("freeze")"), 204);
  const auto root = get("/director/1.root.json");
  EXPECT_LT(verified(get("/director/targets.json"), root, "targets")["expires"], "2026-11-24T00:00:00Z");
  manifest();
  EXPECT_EQ(counts("freeze"), count(1, 1, 0));
  static_cast<void>(get("/director/targets.json"));
  static_cast<void>(get("/repo/1.root.json"));
  EXPECT_EQ(counts("freeze"), count(2, 1, 1));
}

TEST_F(attack_gateway_test, rolls_back_and_recovers) {
  ASSERT_EQ(play(R"("rollback")"), 204);
  const auto root = get("/director/1.root.json");
  const auto held = verified(get("/director/targets.json"), root, "targets")["version"];
  manifest();
  EXPECT_LT(verified(get("/director/targets.json"), root, "targets")["version"], held);
  manifest();
  EXPECT_EQ(counts("rollback"), count(1, 1, 0));
  ASSERT_EQ(play("null"), 204);
  EXPECT_GE(verified(get("/director/targets.json"), root, "targets")["version"], held);
}

TEST_F(attack_gateway_test, sends_a_list_without_an_end_and_survives_who_hangs_up) {
  ASSERT_EQ(play(R"("endless-data")"), 204);
  ASSERT_TRUE(device.send("GET /director/targets.json HTTP/1.1\r\nHost: h\r\n\r\n"));
  const auto head = device.receive(true);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(head->headers.count("content-length"), 0u);
  const auto body = device.receive_rest();
  EXPECT_EQ(body.size(), 64u * (65'536 + 9)) << "then it ends without a last chunk";
  {
    auto impatient = backend.connect(credential);
    ASSERT_TRUE(impatient.send("GET /director/targets.json HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(impatient.receive(true)->status, 200);
  }
  EXPECT_EQ(counts("endless-data"), count(2, 1, 0));
  auto again = backend.connect(credential);
  EXPECT_EQ(again.request("GET", "/director/1.root.json")->status, 200);
  ASSERT_EQ(play("null"), 204);
  EXPECT_NO_THROW(verified(again.request("GET", "/director/targets.json")->body,
                           again.request("GET", "/director/1.root.json")->body, "targets"));
}

TEST_F(attack_gateway_test, replaces_an_image_also_in_parts) {
  EXPECT_EQ(assign("fw-1"), R"(["dev-1"])");
  static_cast<void>(get("/director/targets.json"));
  ASSERT_EQ(play(R"("replaced-payload")"), 204);
  const auto bent = get("/repo/targets/fw-1");
  EXPECT_EQ(bent.size(), image.size());
  EXPECT_NE(bent, image);
  const auto part = device.request("GET", "/repo/targets/fw-1", "", {"Range: bytes=99990-"});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, bent.substr(99'990));
  EXPECT_EQ(device.request("HEAD", "/repo/targets/fw-1")->headers.at("content-length"), "100000");
  EXPECT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest(false))->status, 200);
  EXPECT_EQ(counts("replaced-payload"), count(2, 1, 0)) << "a HEAD shows nothing";
  ASSERT_EQ(play("null"), 204);
  EXPECT_EQ(get("/repo/targets/fw-1"), image);
}

TEST_F(attack_gateway_test, knows_who_installs_a_replaced_image) {
  assign("fw-1");
  static_cast<void>(get("/director/targets.json"));
  ASSERT_EQ(play(R"("replaced-payload")"), 204);
  static_cast<void>(get("/repo/targets/fw-1"));
  vehicle.install(0, "fw-1", image);
  EXPECT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest(true))->status, 200);
  EXPECT_EQ(counts("replaced-payload"), count(1, 1, 1));
}

TEST_F(attack_gateway_test, knows_by_its_event_who_installs_a_replaced_image) {
  ASSERT_EQ(play(R"("replaced-payload")"), 204);
  static_cast<void>(get("/repo/targets/fw-1"));
  const std::string before = R"([{"id":"313258b4-e4c6-4ce4-a4f3-011a3959d92b","deviceTime":"2026-01-25T12:35:42Z",)"
                             R"("eventType":{"id":"EcuDownload)";
  const std::string after = R"(","version":0},"event":{"ecu":"primary-1"}}])";
  EXPECT_EQ(device.request("POST", "/events", before + "Started" + after)->status, 204);
  EXPECT_EQ(counts("replaced-payload"), count(1, 1, 0));
  const std::string installs =
      R"([{"id":"0a46b2a6-3a36-41a6-9d2f-6f6b1d0a4b55","deviceTime":"2026-01-25T12:35:42Z",)"
      R"("eventType":{"id":"EcuInstallationStarted","version":0},"event":{"ecu":"primary-1"}}])";
  EXPECT_EQ(device.request("POST", "/events", installs)->status, 204);
  EXPECT_EQ(counts("replaced-payload"), count(1, 1, 1));
}

TEST_F(attack_gateway_test, mixes_documents_of_two_times) {
  assign("fw-1");
  ASSERT_EQ(play(R"("mix-and-match")"), 204);
  const auto root = get("/repo/1.root.json");
  const auto listed = verified(get("/repo/snapshot.json"), root, "snapshot")["meta"]["targets.json"];
  const auto targets = get("/repo/targets.json");
  EXPECT_LT(verified(targets, root, "targets")["version"], listed["version"]);
  EXPECT_NE(pki::sha256_hex(as_bytes(targets)), listed["hashes"]["sha256"]);
  manifest();
  EXPECT_EQ(counts("mix-and-match"), count(1, 1, 0));
  ASSERT_EQ(play("null"), 204);
  EXPECT_EQ(pki::sha256_hex(as_bytes(get("/repo/targets.json"))), listed["hashes"]["sha256"]);
}

TEST_F(attack_gateway_test, skips_a_root) {
  ASSERT_EQ(play(R"("skipped-root")"), 204);
  const auto first = get("/director/1.root.json");
  EXPECT_EQ(verified(get("/director/2.root.json"), first, "root")["version"], 3);
  EXPECT_EQ(device.request("GET", "/director/3.root.json")->status, 404);
  EXPECT_EQ(counts("skipped-root"), count(1, 1, 0));
  static_cast<void>(get("/director/targets.json"));
  EXPECT_EQ(counts("skipped-root"), count(1, 1, 1));
  EXPECT_EQ(device.request("GET", "/repo/2.root.json")->status, 404) << "the Image repository's roots are genuine";
}

TEST_F(attack_gateway_test, rotates_the_directors_root_where_its_lists_may_linger) {
  ASSERT_EQ(play(R"("wrong-hardware")"), 204);
  static_cast<void>(get("/director/targets.json"));
  manifest();
  ASSERT_EQ(play("null"), 204);
  const auto second = get("/director/2.root.json");
  EXPECT_EQ(signers_of(second, get("/director/1.root.json"), "root").size(), 1u);
  const auto genuine = verified(get("/director/targets.json"), second, "targets");
  EXPECT_TRUE(genuine["targets"].empty());
  EXPECT_EQ(genuine["version"], 2) << "1 was the attacker's";
  const auto audit = json::parse(backend.operate("GET", "/otafleet/v1/audit")->body)["values"];
  EXPECT_EQ(audit.back()["action"], "rotate");
}

TEST_F(attack_gateway_test, is_not_confused_by_many_devices_at_once_while_it_changes) {
  constexpr int devices = 12;
  std::vector<std::thread> threads;
  for (int at = 0; at < devices; ++at)
    threads.emplace_back([this, at] {
      const auto id = "many-" + std::to_string(at);
      const auto own = backend.provision(id);
      auto own_vehicle = test_vehicle::make();
      auto connection = backend.connect(own);
      EXPECT_EQ(connection.request("POST", "/director/ecus", own_vehicle.registration())->status, 201);
      for (int poll = 0; poll < 12; ++poll) {
        EXPECT_EQ(connection.request("PUT", "/director/manifest", own_vehicle.manifest())->status, 200);
        EXPECT_EQ(connection.request("GET", "/director/1.root.json")->status, 200);
        EXPECT_EQ(connection.request("GET", "/director/timestamp.json")->status, 200);
        EXPECT_EQ(connection.request("GET", "/director/targets.json")->status, 200);
      }
    });
  for (int round = 0; round < 3; ++round)
    for (const auto* kind : {R"("rollback")", R"("freeze")", "null", R"("arbitrary-software")", R"("mix-and-match")"})
      EXPECT_EQ(play(kind), 204);
  for (auto& thread : threads)
    thread.join();
  for (const auto* kind : {"rollback", "freeze", "arbitrary-software", "mix-and-match"})
    EXPECT_EQ(counts(kind)["accepted"], 0) << kind;
}

} // namespace
} // namespace otafleet::stub
