#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/machine.hpp"
#include "device/scripted_backend.fake.hpp"
#include "device/virtual_run.fake.hpp"

namespace otafleet::device {
namespace {

using namespace std::chrono_literals;

class provisioning : public testing::Test {
protected:
  provisioning() {
    common.gateway_url = "https://gateway.test";
    common.primary.hardware_id = "gw-imx8";
    common.primary.uptane_key = pki::key_type::ed25519;
    common.device_id_prefix = "pilot";
  }

  [[nodiscard]] bool provisions_within(std::chrono::milliseconds limit) {
    run.power_on();
    return run.run_until([&] { return run.count(milestone::provisioned) != 0; }, limit);
  }

  settings common;
  uptane::document_pool pool;
  uptane::plain_probe watch;
  scripted_backend backend;
  machine device{common, {7, 17}, pool, watch};
  virtual_run run{device, [this](const send_request& r) { return backend(r); },
                  uptane::utc_time::from_unix_seconds(1'800'000'000)};
};

TEST_F(provisioning, asks_for_a_certificate_with_the_shared_one_and_goes_on_with_its_own) {
  ASSERT_TRUE(provisions_within(1s));
  ASSERT_GE(run.requests().size(), 2u);
  const auto& devices = run.requests()[0].what;
  EXPECT_EQ(devices.as, credential_use::shared);
  EXPECT_EQ(devices.content_type, "application/json");
  EXPECT_EQ(devices.body, R"({"deviceId":"pilot-000017","ttl":"36000"})");
  EXPECT_EQ(run.credential()->leaf.common_name(), "pilot-000017");
  EXPECT_EQ(run.requests()[1].what.as, credential_use::own);
}

TEST_F(provisioning, registers_its_ecu_under_the_id_of_its_key) {
  ASSERT_TRUE(provisions_within(1s));
  const auto& body = run.requests()[1].what.body;
  const auto& serial = device.ecu_serial();
  EXPECT_EQ(serial.size(), 64u);
  EXPECT_NE(body.find(R"("ecu_serial":")" + serial + R"(","hardware_identifier":"gw-imx8")"), std::string::npos)
      << body;
  EXPECT_NE(body.find(R"("primary_ecu_serial":")" + serial + '"'), std::string::npos) << body;
}

TEST_F(provisioning, sends_the_requests_of_a_first_power_on_in_the_real_clients_order) {
  run.power_on();
  run.run_for(5s);
  // wire-trace.md A1, with no Director root to be had.
  const std::vector<std::string> expected{
      "POST /devices",          "POST /director/ecus",       "PUT /system_info",
      "PUT /core/installed",    "PUT /system_info/network",  "POST /system_info/config",
      "PUT /director/manifest", "GET /director/1.root.json", "PUT /director/manifest"};
  EXPECT_EQ(run.lines(), expected);
}

TEST_F(provisioning, tries_three_times_one_second_apart_when_the_backend_fails) {
  backend.next(endpoint::devices, {answered(503), failed("connect")});
  ASSERT_TRUE(provisions_within(10s));
  ASSERT_GE(run.requests().size(), 3u);
  EXPECT_EQ(run.lines()[2], "POST /devices");
  EXPECT_EQ(run.requests()[1].at - run.requests()[0].at, 1010ms);
  // Only an HTTP answer leaves a connection to try again on.
  EXPECT_FALSE(run.requests()[0].what.is_retry);
  EXPECT_TRUE(run.requests()[1].what.is_retry);
  EXPECT_FALSE(run.requests()[2].what.is_retry);
}

TEST_F(provisioning, does_not_retry_a_refusal_but_attempts_again_at_once_and_then_every_poll) {
  backend.next(endpoint::devices, {answered(409, R"({"code":"other"})"), answered(409, R"({"code":"other"})")});
  ASSERT_TRUE(provisions_within(30s));
  // wire-trace.md E: once while starting up, once in the loop, then after polling_sec.
  EXPECT_EQ(run.requests()[1].at, 10ms);
  EXPECT_EQ(run.requests()[2].at, 10'020ms);
  EXPECT_EQ(run.count(milestone::provisioning_failed), 2u);
  EXPECT_EQ(run.last_reason(milestone::provisioning_failed), "other");
}

TEST_F(provisioning, makes_up_another_id_when_its_own_is_taken) {
  common.device_id_prefix.clear();
  backend.next(endpoint::devices, {answered(409, R"({"code":"device_already_registered"})")});
  ASSERT_TRUE(provisions_within(10s));
  EXPECT_NE(run.requests()[0].what.body, run.requests()[1].what.body);
}

TEST_F(provisioning, keeps_a_configured_id_even_when_it_is_taken) {
  backend.next(endpoint::devices, {answered(409, R"({"code":"device_already_registered"})")});
  ASSERT_TRUE(provisions_within(10s));
  EXPECT_EQ(run.requests()[0].what.body, run.requests()[1].what.body);
}

TEST_F(provisioning, keeps_its_certificate_when_only_the_registration_fails) {
  backend.next(endpoint::ecus, {answered(409, R"({"code":"ecu_already_registered"})")});
  ASSERT_TRUE(provisions_within(10s));
  auto lines = run.lines();
  lines.resize(3);
  EXPECT_EQ(lines, (std::vector<std::string>{"POST /devices", "POST /director/ecus", "POST /director/ecus"}));
}

TEST_F(provisioning, counts_an_unreadable_certificate_as_a_failure_and_tries_again) {
  backend.next(endpoint::devices, {answered(200, "<html>captive portal</html>"), answered(200, "")});
  ASSERT_TRUE(provisions_within(30s));
  EXPECT_EQ(run.count(milestone::provisioning_failed), 2u);
  EXPECT_EQ(run.last_reason(milestone::provisioning_failed), "malformed-credentials");
}

TEST_F(provisioning, sends_refused_network_info_again_with_the_next_check) {
  // wire-trace.md E, "system_info 500, core/installed 404".
  const auto refused = answered(404);
  backend.next(endpoint::network, {refused, refused});
  run.power_on();
  run.run_for(30s);
  const auto lines = run.lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "PUT /system_info/network"), 3);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "PUT /system_info"), 1);
}

} // namespace
} // namespace otafleet::device
