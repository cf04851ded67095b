// The backend as ota-community-edition: what a device sees there and nowhere else.
#include <string>

#include <gtest/gtest.h>

#include "server-stub/forged_ca.test.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

const std::string uuid = "5a04529c-3f30-418b-b8e8-92bfcc36f54b";
const char* const config = R"([pacman]
type = "none"
[uptane]
polling_sec = 10
force_install_completion = false
)";

/// A backend and a fleet root that it trusts.
struct ota_ce {
  forged_ca fleet;
  running_stub backend{options(fleet)};

  static stub_options options(const forged_ca& fleet) {
    auto chosen = running_stub::defaults();
    chosen.like = backend_like::ota_ce;
    chosen.accounts[0].device_cas = {fleet.make().pem()};
    return chosen;
  }

  [[nodiscard]] pki::credential device(const std::string& id) const {
    auto made = fleet.issue(id);
    made.authorities = {pki::certificate::from_pem(backend.server->gateway_ca()).value()};
    return made;
  }
};

std::string code(const std::optional<response>& answer) {
  return json::parse(answer->body)["code"];
}

TEST(like_ota_ce, has_no_shared_credential_provisioning) {
  ota_ce play;
  const auto shared = play.backend.provisioning();
  const auto answer = play.backend.connect(shared).request("POST", "/devices", R"({"deviceId":"d","ttl":"1"})");
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "The requested resource could not be found.");
}

TEST(like_ota_ce, routes_devices_whose_ids_are_uuids) {
  ota_ce play;
  const auto pretty = play.device("anxious-apfelstrudel-417");
  auto device = play.backend.connect(pretty);
  for (const auto* path : {"/director/1.root.json", "/director/targets.json", "/campaigner/campaigns"})
    EXPECT_EQ(device.request("GET", path)->status, 404) << path;
  EXPECT_EQ(device.request("GET", "/repo/1.root.json")->status, 200) << "its path carries no device";
  // Whoever is refused before the body was read loses the connection.
  EXPECT_EQ(play.backend.connect(pretty).request("PUT", "/director/manifest", "{}")->status, 404);
  EXPECT_EQ(play.backend.connect(pretty).request("PUT", "/system_info", "{}")->status, 404);
  EXPECT_TRUE(play.backend.device("anxious-apfelstrudel-417").is_null());
  const auto with_uuid = play.device(uuid);
  EXPECT_EQ(play.backend.connect(with_uuid).request("GET", "/director/1.root.json")->status, 200);
  EXPECT_EQ(play.backend.device(uuid)["device_id"], uuid);
}

TEST(like_ota_ce, answers_424_for_the_next_root) {
  ota_ce play;
  const auto credential = play.device(uuid);
  auto device = play.backend.connect(credential);
  for (const auto* path : {"/director/2.root.json", "/repo/2.root.json"}) {
    const auto answer = device.request("GET", path);
    EXPECT_EQ(answer->status, 424) << path;
    EXPECT_EQ(code(answer), "root_role_not_found");
  }
}

TEST(like_ota_ce, takes_reports_of_registered_devices_with_its_statuses) {
  ota_ce play;
  const auto credential = play.device(uuid);
  auto device = play.backend.connect(credential);
  const std::vector<std::string> toml{"Content-Type: application/toml"};
  EXPECT_EQ(code(device.request("PUT", "/system_info", "{}")), "missing_device");
  EXPECT_EQ(device.request("POST", "/events", "[]")->status, 404) << "aktualizr drops its events then";
  EXPECT_EQ(code(device.request("POST", "/system_info/config", config, toml)), "missing_device");
  const auto vehicle = test_vehicle::make();
  EXPECT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 201)
      << "the director keeps its own list";

  const json registration{{"uuid", uuid}, {"deviceId", uuid}, {"deviceName", uuid}, {"deviceType", "Other"}};
  EXPECT_EQ(json::parse(play.backend.operate("PUT", "/api/v1/devices", registration.dump())->body)["code"],
            "request_needs_credentials");
  auto with_credentials = registration;
  with_credentials["credentials"] = credential.leaf.pem();
  const auto entered = play.backend.operate("PUT", "/api/v1/devices", with_credentials.dump());
  EXPECT_EQ(entered->status, 200);
  EXPECT_EQ(entered->body, '"' + uuid + '"');
  EXPECT_EQ(code(play.backend.operate("POST", "/api/v1/devices", registration.dump())), "conflicting_device");

  EXPECT_EQ(device.request("PUT", "/system_info", "{}")->status, 200);
  EXPECT_EQ(device.request("POST", "/system_info", "{}")->status, 201);
  EXPECT_EQ(device.request("PUT", "/system_info/network", R"({"hostname":"h","local_ipv4":"","mac":""})")->status, 204);
  EXPECT_EQ(code(device.request("PUT", "/system_info/network", R"({"hostname":"h"})")), "invalid_entity");
  EXPECT_EQ(device.request("PUT", "/core/installed", R"([{"name":"p","version":"1"}])")->status, 204);
  EXPECT_EQ(device.request("POST", "/events", "[]")->status, 204);
  EXPECT_EQ(device.request("POST", "/system_info/config", config, toml)->status, 204);
  EXPECT_EQ(code(device.request("POST", "/system_info/config", "[pacman]\ntype = \"none\"\n", toml)),
            "malformed_input");
}

TEST(like_ota_ce, enters_a_device_by_post_without_credentials) {
  ota_ce play;
  const auto made = play.backend.operate("POST", "/api/v1/devices", json{{"deviceId", uuid}}.dump());
  EXPECT_EQ(made->status, 201);
  EXPECT_EQ(play.backend.device(uuid)["provisioned"], true);
}

TEST(like_ota_ce, says_wrong_verbs_in_plain_text_and_the_rest_as_objects) {
  ota_ce play;
  const auto credential = play.device(uuid);
  auto device = play.backend.connect(credential);
  const auto wrong = play.backend.connect(credential).request("POST", "/director/manifest", "{}");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.at("content-type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(wrong->headers.at("allow"), "PUT");
  const auto invalid = json::parse(device.request("POST", "/director/ecus", "{}")->body);
  EXPECT_EQ(invalid["code"], "invalid_entity");
  EXPECT_TRUE(invalid["cause"].is_null());
  EXPECT_EQ(invalid["errorId"].get<std::string>().size(), 36u);
}

TEST(like_ota_ce, lists_campaigns_with_the_device_and_without_auto_accept) {
  ota_ce play;
  const auto credential = play.device(uuid);
  ASSERT_EQ(
      play.backend.operate("POST", "/otafleet/v1/accounts/qa/campaigns", R"({"name":"c","autoAccept":true})")->status,
      201);
  const auto list = json::parse(play.backend.connect(credential).request("GET", "/campaigner/campaigns")->body);
  EXPECT_EQ(list["deviceId"], uuid);
  EXPECT_EQ(list["campaigns"][0]["name"], "c");
  EXPECT_FALSE(list["campaigns"][0].contains("autoAccept"));
}

} // namespace
} // namespace otafleet::stub
