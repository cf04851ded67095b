// The backend as Airbotics: what a device sees there and nowhere else.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "server-stub/forged_ca.test.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

const std::string base = "/api/v0/robot";

/// A backend with one robot. Provisioning takes 5 s there, so that robots are entered by the operator instead, but for
/// the one test that is about it.
struct airbotics {
  forged_ca fleet;
  running_stub backend{options(fleet)};

  static stub_options options(const forged_ca& fleet) {
    auto chosen = running_stub::defaults();
    chosen.like = backend_like::airbotics;
    chosen.accounts[0].device_cas = {fleet.make().pem()};
    return chosen;
  }

  [[nodiscard]] pki::credential device(const std::string& id, bool entered = true) const {
    if (entered) {
      EXPECT_EQ(backend.operate("POST", "/api/v1/devices", json{{"deviceId", id}}.dump())->status, 201);
    }
    auto made = fleet.issue(id);
    made.authorities = {pki::certificate::from_pem(backend.server->gateway_ca()).value()};
    return made;
  }
};

/// A vehicle's manifest as Airbotics wants it: all reports with a counter and with the primary's signature.
json strict_vehicle(test_vehicle& vehicle) {
  auto part = vehicle.vehicle_part();
  for (std::size_t at = 0; at < vehicle.ecus.size(); ++at) {
    auto report = vehicle.report_of(at);
    report["report_counter"] = std::to_string(vehicle.report_counter);
    part["ecu_version_manifests"][vehicle.ecus[at].serial] = vehicle.ecus.front().sign(report);
  }
  return part;
}

TEST(like_airbotics, issues_rsa_certificates_after_five_seconds_and_refuses_a_known_id_with_400) {
  airbotics play;
  EXPECT_TRUE(play.backend.server->gateway_url().ends_with(base));
  auto shared = play.backend.connect(play.backend.provisioning());
  const auto start = std::chrono::steady_clock::now();
  const auto issued = shared.request("POST", base + "/devices", R"({"deviceId":"r-1","ttl":"1"})");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds{5});
  ASSERT_EQ(issued->status, 200);
  const auto credential = pki::from_pkcs12(as_bytes(issued->body), "").value();
  EXPECT_EQ(credential.key.type(), pki::key_type::rsa_2048);
  const auto left = credential.leaf.not_after() - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours{24 * 365 * 4}) << "five years, whatever the ttl";
  const auto again = shared.request("POST", base + "/devices", R"({"deviceId":"r-1","ttl":"1"})");
  EXPECT_EQ(again->status, 400);
  EXPECT_EQ(again->body, R"({"code":"device_already_registered"})");
  EXPECT_EQ(play.backend.connect(credential).request("GET", base + "/director/1.root.json")->status, 200);
}

TEST(like_airbotics, is_below_its_base_path_alone) {
  airbotics play;
  const auto credential = play.device("r-1");
  auto robot = play.backend.connect(credential);
  EXPECT_EQ(robot.request("GET", base + "/director/1.root.json")->status, 200);
  EXPECT_EQ(robot.request("GET", base + "//director/1.root.json")->status, 200);
  const auto outside = robot.request("GET", "/director/1.root.json");
  EXPECT_EQ(outside->status, 404);
  EXPECT_EQ(outside->body, R"({"errors":["there is no such path"]})");
  EXPECT_EQ(robot.request("GET", base + "/director/2.root.json")->status, 404);
  EXPECT_EQ(robot.request("GET", base + "/repo/targets/f")->status, 404);
  EXPECT_EQ(robot.request("GET", base + "/campaigner/campaigns")->status, 404);
}

TEST(like_airbotics, verifies_that_a_robot_is_known) {
  airbotics play;
  const auto unverified = R"({"errors":["could not verify robot"]})";
  for (const auto& id : {std::string{"stranger"}, std::string{}}) {
    const auto credential = play.device(id, false);
    const auto answer = play.backend.connect(credential).request("GET", base + "/director/1.root.json");
    ASSERT_TRUE(answer) << "the gateway takes the certificate, with or without a name";
    EXPECT_EQ(answer->status, 400);
    EXPECT_EQ(answer->body, unverified);
  }
  EXPECT_TRUE(play.backend.device("stranger").is_null()) << "nobody is registered at first sight";
  auto shared = play.backend.connect(play.backend.provisioning());
  EXPECT_EQ(shared.request("GET", base + "/director/1.root.json")->body, unverified);
  const auto robot = play.device("r-1");
  EXPECT_EQ(play.backend.connect(robot).request("POST", base + "/devices", R"({"deviceId":"d","ttl":"1"})")->status,
            500);
}

TEST(like_airbotics, registers_ecus_once) {
  airbotics play;
  const auto credential = play.device("r-1");
  auto robot = play.backend.connect(credential);
  EXPECT_EQ(robot.request("GET", base + "/director/targets.json")->status, 404);
  const auto vehicle = test_vehicle::make(pki::key_type::rsa_2048);
  const auto first = robot.request("POST", base + "/director/ecus", vehicle.registration());
  EXPECT_EQ(first->status, 200);
  EXPECT_EQ(first->body, "");
  const auto second = robot.request("POST", base + "/director/ecus", vehicle.registration());
  EXPECT_EQ(second->status, 400);
  EXPECT_EQ(second->body, "");
}

TEST(like_airbotics, answers_reports_with_200_and_nothing) {
  airbotics play;
  const auto credential = play.device("r-1");
  auto robot = play.backend.connect(credential);
  const auto is_empty_200 = [](const std::optional<response>& answer) {
    return answer && answer->status == 200 && answer->body.empty();
  };
  EXPECT_TRUE(is_empty_200(robot.request("PUT", base + "/system_info", "{}")));
  EXPECT_TRUE(is_empty_200(
      robot.request("PUT", base + "/system_info/network", R"({"hostname":"h","local_ipv4":"","mac":""})")));
  EXPECT_TRUE(is_empty_200(robot.request("PUT", base + "/core/installed", "[]")));
  EXPECT_TRUE(is_empty_200(robot.request("POST", base + "/events", "[]")));
  EXPECT_TRUE(is_empty_200(
      robot.request("POST", base + "/system_info/config", "not TOML", {"Content-Type: application/toml"})));
}

TEST(like_airbotics, accepts_each_report_counter_once) {
  airbotics play;
  const auto credential = play.device("r-1");
  auto robot = play.backend.connect(credential);
  auto vehicle = test_vehicle::make(pki::key_type::rsa_2048, "gw", 1);
  ASSERT_EQ(robot.request("POST", base + "/director/ecus", vehicle.registration())->status, 200);
  const auto manifest = vehicle.ecus.front().sign(strict_vehicle(vehicle)).dump();
  const auto accepted = robot.request("PUT", base + "/director/manifest", manifest);
  EXPECT_EQ(accepted->status, 200);
  EXPECT_TRUE(json::parse(accepted->body).contains("message"));
  const auto repeated = robot.request("PUT", base + "/director/manifest", manifest);
  EXPECT_EQ(repeated->status, 400);
  EXPECT_EQ(repeated->body, R"({"errors":["unable to accept robot manifest"]})");
  vehicle.report_counter = 6;
  EXPECT_EQ(
      robot.request("PUT", base + "/director/manifest", vehicle.ecus.front().sign(strict_vehicle(vehicle)).dump())
          ->status,
      200);
  vehicle.report_counter = 2;
  EXPECT_EQ(
      robot.request("PUT", base + "/director/manifest", vehicle.ecus.front().sign(strict_vehicle(vehicle)).dump())
          ->status,
      200)
      << "lower is not seen before";
  EXPECT_EQ(robot.request("PUT", base + "/director/manifest", vehicle.manifest())->status, 400)
      << "the secondary signs with a key of its own";
  const auto audit = play.backend.operate("GET", "/otafleet/v1/audit")->body;
  EXPECT_NE(audit.find("manifest_counter_repeated"), std::string::npos);
}

TEST(like_airbotics, directs_by_uri) {
  airbotics play;
  const auto credential = play.device("r-1");
  auto robot = play.backend.connect(credential);
  auto vehicle = test_vehicle::make(pki::key_type::rsa_2048);
  ASSERT_EQ(robot.request("POST", base + "/director/ecus", vehicle.registration())->status, 200);
  const auto id = play.backend.operate("POST", "/api/v1/multi_target_updates", update_body("gw", "fw-1", ""));
  ASSERT_EQ(
      play.backend.operate("POST", "/api/v1/assignments", assignment_body(json::parse(id->body), {"r-1"}))->status,
      201);
  const auto listed = json::parse(robot.request("GET", base + "/director/targets.json")->body);
  const auto& custom = listed["signed"]["targets"]["fw-1"]["custom"];
  EXPECT_EQ(custom["targetFormat"], "OSTREE");
  EXPECT_EQ(custom["uri"], play.backend.server->gateway_url() + "/repo/images/" + sha256_of_nothing);
  EXPECT_EQ(robot.request("GET", base + "/repo/images/" + sha256_of_nothing)->status, 404) << "where nothing is";
}

} // namespace
} // namespace otafleet::stub
