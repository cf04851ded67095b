// The operator port: key rotation and delegations, and what devices then find at the gateway.
#include <string>

#include <gtest/gtest.h>

#include "server-stub/delegate.test.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/signed_document.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

std::string code(const std::optional<response>& answer) {
  return json::parse(answer->body)["code"];
}

// -- rotation -------------------------------------------------------------------

struct rotation_routes : ::testing::Test {
  running_stub backend;
  pki::credential credential = backend.provision("dev-1");
  tls_client device = backend.connect(credential);

  std::optional<response> rotate(const std::string& body, const std::string& account = "qa") {
    return backend.operate("POST", "/otafleet/v1/accounts/" + account + "/rotations", body);
  }
  std::string get(const std::string& path) { return device.request("GET", path)->body; }
};

TEST_F(rotation_routes, serve_a_chain_of_roots_that_ends_in_404) {
  ASSERT_EQ(device.request("POST", "/director/ecus", test_vehicle::make().registration())->status, 201);
  static_cast<void>(get("/director/targets.json"));
  for (int version = 2; version <= 3; ++version) {
    const auto answer = rotate(R"({"repository":"director","keys":["root","targets"]})");
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(json::parse(answer->body), (json{{"repository", "director"}, {"root_version", version}}));
  }
  for (int version = 2; version <= 3; ++version) {
    const auto before = get("/director/" + std::to_string(version - 1) + ".root.json");
    const auto root = get("/director/" + std::to_string(version) + ".root.json");
    EXPECT_EQ(json::parse(root)["signed"]["version"], version);
    EXPECT_EQ(signers_of(root, before, "root").size(), 1u);
    EXPECT_EQ(signers_of(root, root, "root").size(), 1u);
  }
  const auto end = device.request("GET", "/director/4.root.json");
  EXPECT_EQ(end->status, 404);
  EXPECT_EQ(code(end), "root_role_not_found");
  EXPECT_EQ(get("/director/root.json"), get("/director/3.root.json"));
  EXPECT_EQ(verified(get("/director/targets.json"), get("/director/3.root.json"), "targets")["version"], 2);
  EXPECT_EQ(device.request("GET", "/repo/2.root.json")->status, 404) << "the repositories share no root";
}

TEST_F(rotation_routes, sign_the_image_repository_anew) {
  static_cast<void>(backend.operate("PUT", "/api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g", "x"));
  EXPECT_EQ(rotate(R"({"repository":"image","keys":["timestamp","snapshot","targets","root"]})")->status, 201);
  const auto root = get("/repo/2.root.json");
  for (const auto* role : {"targets", "snapshot", "timestamp"})
    EXPECT_EQ(verified(get("/repo/" + std::string{role} + ".json"), root, role)["version"], 3) << role;
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/root.json")->body, root);
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/1.root.json")->body, get("/repo/1.root.json"));
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/3.root.json")->status, 404);
}

TEST_F(rotation_routes, are_audited_and_refuse_what_is_not_there) {
  EXPECT_EQ(rotate(R"({"repository":"director","keys":["root","timestamp"]})")->status, 201);
  const auto last = json::parse(backend.operate("GET", "/otafleet/v1/audit")->body)["values"].back();
  EXPECT_EQ(last["action"], "rotate");
  EXPECT_EQ(last["subject"], "director: root timestamp");
  EXPECT_EQ(last["outcome"], "root 2");
  for (const auto* wrong : {"", "{}", R"({"repository":"director"})", R"({"repository":"director","keys":[]})",
                            R"({"repository":"director","keys":["root","root"]})",
                            R"({"repository":"director","keys":["roots"]})", R"({"repository":"director","keys":[1]})",
                            R"({"repository":"treehub","keys":["root"]})", R"({"keys":["root"]})"})
    EXPECT_EQ(code(rotate(wrong)), "invalid_entity") << wrong;
  EXPECT_EQ(rotate(R"({"repository":"director","keys":["root"]})", "nobody")->status, 404);
  EXPECT_EQ(backend.operate("GET", "/otafleet/v1/accounts/qa/rotations")->status, 405);
}

// -- delegations ------------------------------------------------------------------

struct delegation_routes : ::testing::Test {
  running_stub backend;
  delegate vendor = delegate::make();
  const std::string base = "/api/v1/user_repo/";

  std::optional<response> put(const std::string& path, const std::string& body) {
    return backend.operate("PUT", base + path, body);
  }
};

TEST_F(delegation_routes, carry_a_delegates_image_to_a_device) {
  EXPECT_EQ(put("trusted-delegations/keys", json::array({vendor.key_object()}).dump())->status, 204);
  EXPECT_EQ(put("trusted-delegations", json::array({vendor.role("vendor-a", {"vendor-a/*"})}).dump())->status, 204);
  EXPECT_EQ(put("uploads/vendor-a%2Ffw", "bytes")->status, 204);
  const auto document = vendor.sign(targets_of(1, {{"vendor-a/fw", "bytes"}}));
  EXPECT_EQ(put("delegations/vendor-a.json", document)->status, 204);

  const auto credential = backend.provision("dev-1");
  auto device = backend.connect(credential);
  const auto root = device.request("GET", "/repo/1.root.json")->body;
  const auto snapshot = verified(device.request("GET", "/repo/snapshot.json")->body, root, "snapshot");
  const auto delegation = device.request("GET", "/repo/delegations/vendor-a.json");
  EXPECT_EQ(delegation->status, 200);
  EXPECT_EQ(delegation->body, document);
  EXPECT_EQ(snapshot["meta"]["vendor-a.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(delegation->body)));
  const auto targets = verified(device.request("GET", "/repo/targets.json")->body, root, "targets");
  EXPECT_EQ(targets["delegations"]["roles"][0]["name"], "vendor-a");
  EXPECT_TRUE(targets["targets"].empty());
  EXPECT_EQ(device.request("GET", "/repo/targets/vendor-a/fw")->body, "bytes");
  EXPECT_EQ(device.request("GET", "/repo/delegations/vendor-b.json")->status, 404);
}

TEST_F(delegation_routes, show_what_is_trusted) {
  EXPECT_EQ(backend.operate("GET", base + "trusted-delegations")->body, "[]");
  const auto keys = json::array({vendor.key_object()});
  const auto roles = json::array({vendor.role("vendor-a", {"*"})});
  EXPECT_EQ(put("trusted-delegations/keys", keys.dump())->status, 204);
  EXPECT_EQ(put("trusted-delegations", roles.dump())->status, 204);
  EXPECT_EQ(json::parse(backend.operate("GET", base + "trusted-delegations")->body), roles);
  EXPECT_EQ(json::parse(backend.operate("GET", base + "trusted-delegations/keys")->body), keys);
  const auto document = vendor.sign(targets_of(1, {}));
  EXPECT_EQ(put("delegations/vendor-a.json", document)->status, 204);
  EXPECT_EQ(backend.operate("GET", base + "delegations/vendor-a.json")->body, document);
}

TEST_F(delegation_routes, refuse_by_their_codes_and_write_it_down) {
  EXPECT_EQ(code(put("delegations/vendor-a.json", vendor.sign(targets_of(1, {})))), "delegations_not_defined");
  EXPECT_EQ(code(put("trusted-delegations", json::array({vendor.role("vendor-a", {"*"})}).dump())),
            "trusted_delegations_invalid");
  put("trusted-delegations/keys", json::array({vendor.key_object()}).dump());
  put("trusted-delegations", json::array({vendor.role("vendor-a", {"*"})}).dump());
  EXPECT_EQ(code(put("delegations/vendor-a.json", delegate::make().sign(targets_of(1, {})))),
            "payload_signature_invalid");
  EXPECT_EQ(put("delegations/vendor-a", "{}")->status, 404) << "without .json";
  EXPECT_EQ(code(put("uploads/%zz", "x")), "invalid_entity");
  EXPECT_EQ(backend.operate("POST", base + "trusted-delegations", "[]")->status, 405);
  const auto audit = json::parse(backend.operate("GET", "/otafleet/v1/audit")->body)["values"];
  EXPECT_EQ(audit[0]["action"], "put-delegation");
  EXPECT_EQ(audit[0]["subject"], "vendor-a");
  EXPECT_EQ(audit[0]["outcome"], "delegations_not_defined");
}

} // namespace
} // namespace otafleet::stub
