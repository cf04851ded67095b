// The operator port over real sockets, and every code it refuses with.
#include <string>

#include <gtest/gtest.h>

#include "server-stub/running_stub.test.hpp"
#include "server-stub/signed_document.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

struct operator_api : ::testing::Test {
  running_stub backend;

  std::string code(const std::optional<response>& answer) {
    const auto body = json::parse(answer->body);
    EXPECT_TRUE(body.contains("description") && body.contains("errorId") && body["cause"].is_null());
    return body["code"];
  }
};

TEST_F(operator_api, takes_the_token_and_nothing_else) {
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/status")->status, 200);
  const auto token = backend.server->operator_token();
  for (const auto& wrong : {std::string{}, std::string{"Bearer "}, "Bearer " + token + "0", "Basic " + token,
                            "Bearer " + std::string(token.size(), '0'), token}) {
    const auto refused = backend.operate_as(wrong, "GET", "/otafleet/v1/status");
    EXPECT_EQ(refused->status, 401);
    EXPECT_EQ(code(refused), "unauthorized");
  }
  EXPECT_EQ(backend.operate_as("", "GET", "/metrics")->status, 401);
  EXPECT_EQ(backend.operate_as("", "PUT", "/api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g", "x")->status,
            401);
}

TEST_F(operator_api, refuses_to_delete_devices_and_images_and_writes_it_down) {
  static_cast<void>(backend.provision("dev-1"));
  static_cast<void>(backend.operate("PUT", "/api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g", "x"));
  for (const auto* path : {"/api/v1/devices/dev-1", "/api/v1/admin/devices/dev-1", "/api/v1/user_repo/targets/f"}) {
    const auto refused = backend.operate("DELETE", path);
    EXPECT_EQ(refused->status, 405);
    EXPECT_EQ(code(refused), "deletion_refused");
    EXPECT_NE(refused->body.find("kept for auditability"), std::string::npos);
    EXPECT_NE(refused->body.find("archive"), std::string::npos);
  }
  EXPECT_FALSE(backend.device("dev-1").is_null());
  const auto page = json::parse(backend.operate("GET", "/otafleet/v1/audit?limit=1000")->body);
  EXPECT_EQ(page["values"].back()["outcome"], "deletion_refused");
  EXPECT_EQ(page["values"].back()["subject"], "/user_repo/targets/f");
}

TEST_F(operator_api, pages_the_audit_log) {
  static_cast<void>(backend.provision("dev-1"));
  static_cast<void>(backend.provision("dev-2"));
  const auto first = json::parse(backend.operate("GET", "/otafleet/v1/audit?limit=1")->body);
  EXPECT_EQ(first["values"][0]["number"], 1);
  EXPECT_EQ(first["values"][0]["subject"], "dev-1");
  EXPECT_EQ(first["next"], 1);
  const auto second = json::parse(backend.operate("GET", "/otafleet/v1/audit?after=1")->body);
  EXPECT_EQ(second["values"].size(), 1u);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/audit?limit=1001")->status, 400);
}

TEST_F(operator_api, serves_consistent_image_metadata) {
  EXPECT_EQ(backend.operate("PUT", "/api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g,h", "x")->status, 204);
  const auto root = backend.operate("GET", "/api/v1/user_repo/root.json")->body;
  const auto targets = backend.operate("GET", "/api/v1/user_repo/targets.json")->body;
  const auto snapshot = backend.operate("GET", "/api/v1/user_repo/snapshot.json")->body;
  EXPECT_EQ(verified(targets, root, "targets")["targets"]["f"]["custom"]["hardwareIds"], json::parse(R"(["g","h"])"));
  EXPECT_EQ(verified(snapshot, root, "snapshot")["meta"]["targets.json"]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(targets)));
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/mirrors.json")->status, 404);
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/targets/f")->body, "x");
}

TEST_F(operator_api, refuses_uploads_by_their_code) {
  const std::string base = "/api/v1/user_repo/targets/";
  EXPECT_EQ(code(backend.operate("PUT", base + "f", "x")), "invalid_entity");
  EXPECT_EQ(code(backend.operate("PUT", base + "%zz?name=f&version=1&hardwareIds=g", "x")), "invalid_entity");
  EXPECT_EQ(code(backend.operate("PUT", base + "caf%C3%A9?name=f&version=1&hardwareIds=g", "x")),
            "not_supported_chars");
  EXPECT_EQ(code(backend.operate("PUT", base + "f?name=f&version=1&hardwareIds=g", "x", "nobody")), "missing_entity");
  EXPECT_EQ(backend.operate("PUT", base + "f?name=f&version=1&hardwareIds=g", "x", "")->status, 404)
      << "there is no account named default";
}

TEST_F(operator_api, refuses_an_image_over_512_mib_before_it_is_sent) {
  const raw_client client{port_of(backend.server->operator_url())};
  client.send("PUT /api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g HTTP/1.1\r\nHost: localhost\r\n"
              "x-ats-namespace: qa\r\nContent-Length: 536870913\r\nExpect: 100-continue\r\nAuthorization: Bearer " +
              backend.server->operator_token() + "\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 413");
  EXPECT_NE(answer.find("payload_too_large"), std::string::npos);
}

TEST_F(operator_api, shows_devices_as_the_registry_and_the_director_do) {
  auto device = backend.connect(backend.provision("dev-1"));
  static_cast<void>(backend.provision("dev-2"));
  auto vehicle = test_vehicle::make();
  ASSERT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 201);
  EXPECT_EQ(backend.operate("GET", "/api/v1/admin/devices/dev-1")->body, "[]") << "it has not reported";
  ASSERT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest())->status, 200);
  const auto ecus = json::parse(backend.operate("GET", "/api/v1/admin/devices/dev-1")->body);
  EXPECT_EQ(ecus[0]["id"], "primary-1");
  EXPECT_EQ(ecus[0]["image"]["hash"]["sha256"], sha256_of_nothing);
  const auto page = json::parse(backend.operate("GET", "/api/v1/devices?offset=1&limit=1")->body);
  EXPECT_EQ(page["total"], 2);
  EXPECT_EQ(page["values"].size(), 1u);
  EXPECT_EQ(page["values"][0]["deviceId"], "dev-2");
  EXPECT_EQ(page["values"][0]["deviceStatus"], "NotSeen");
  const auto one = json::parse(backend.operate("GET", "/api/v1/devices?deviceId=dev-1")->body);
  EXPECT_EQ(one["values"][0]["deviceStatus"], "UpToDate");
  EXPECT_EQ(backend.operate("GET", "/api/v1/devices?limit=1001")->status, 400);
  EXPECT_EQ(code(backend.operate("GET", "/api/v1/admin/devices/nobody")), "missing_entity");
}

TEST_F(operator_api, pages_its_own_view_of_devices) {
  for (const auto* id : {"a", "b", "c"})
    static_cast<void>(backend.provision(id));
  const auto first = json::parse(backend.operate("GET", "/otafleet/v1/devices?account=qa&limit=2")->body);
  EXPECT_EQ(first["next"], "b");
  const auto rest = json::parse(backend.operate("GET", "/otafleet/v1/devices?account=qa&limit=2&after=b")->body);
  EXPECT_EQ(rest["values"].size(), 1u);
  EXPECT_TRUE(rest["next"].is_null());
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/devices?account=nobody")->status, 404);
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/devices?account=qa&limit=0")->status, 400);
}

TEST_F(operator_api, shows_assignments_until_they_close) {
  auto device = backend.connect(backend.provision("dev-1"));
  ASSERT_EQ(device.request("POST", "/director/ecus", test_vehicle::make().registration())->status, 201);
  const auto update =
      json::parse(backend.operate("POST", "/api/v1/multi_target_updates", update_body("gw", "f", "x"))->body);
  EXPECT_EQ(backend.operate("POST", "/api/v1/assignments", assignment_body(update, {"dev-1"}, true))->status, 200);
  EXPECT_EQ(backend.operate("GET", "/api/v1/assignments/dev-1")->body, "[]");
  EXPECT_EQ(backend.operate("POST", "/api/v1/assignments", assignment_body(update, {"dev-1"}))->status, 201);
  const auto open = json::parse(backend.operate("GET", "/api/v1/assignments/dev-1")->body);
  EXPECT_EQ(open[0]["correlationId"], campaign_id);
  EXPECT_EQ(open[0]["targets"]["primary-1"]["image"]["filepath"], "f");
  EXPECT_EQ(open[0]["inFlight"], false);
  const auto again = backend.operate("POST", "/api/v1/assignments", assignment_body(update, {"dev-1"}));
  EXPECT_EQ(again->status, 200);
  EXPECT_EQ(again->body, "[]");
  EXPECT_EQ(code(backend.operate("POST", "/api/v1/multi_target_updates", "{}")), "invalid_entity");
  EXPECT_EQ(code(backend.operate("POST", "/api/v1/assignments", "{}")), "invalid_entity");
  EXPECT_EQ(code(backend.operate("POST", "/api/v1/assignments", assignment_body("unknown", {"dev-1"}))),
            "missing_entity");
}

TEST_F(operator_api, hands_out_the_credential_of_an_account) {
  const auto answer = backend.operate("GET", "/otafleet/v1/accounts/production/autoprov_credentials.p12");
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(pki::from_pkcs12(as_bytes(answer->body), "").value().leaf.fingerprint(),
            backend.provisioning("production").leaf.fingerprint());
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/accounts/nobody/autoprov_credentials.p12")->status, 404);
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/accounts/qa/key.pem")->status, 404);
}

TEST_F(operator_api, tells_unknown_paths_from_wrong_verbs) {
  EXPECT_EQ(backend.operate("GET", "/api/v1/nothing")->status, 404);
  EXPECT_EQ(code(backend.operate("POST", "/otafleet/v1/status")), "method_not_allowed");
  EXPECT_EQ(backend.operate("POST", "/otafleet/v1/status")->status, 405);
}

TEST_F(operator_api, shows_its_counts_to_prometheus_and_as_a_status) {
  auto device = backend.connect(backend.provision("dev-1"));
  static_cast<void>(device.request("GET", "/director/1.root.json", "", {"X-Otafleet-Device: dev-1"}));
  const auto metrics = backend.operate("GET", "/metrics")->body;
  EXPECT_NE(metrics.find("otafleet_stub_requests_total{endpoint=\"director_root\",code=\"200\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("otafleet_stub_identity_checks_total{result=\"ok\"} 2\n"), std::string::npos);
  EXPECT_NE(metrics.find("otafleet_stub_certificates_issued_total 1\n"), std::string::npos);
  const auto status = backend.status();
  EXPECT_EQ(status["certificates_issued"], 1);
  EXPECT_EQ(status["devices_provisioned"], 1);
  EXPECT_GT(status["cpu_seconds"], 0.0);
  EXPECT_GT(status["peak_rss_bytes"], 1'000'000);
}

} // namespace
} // namespace otafleet::stub
