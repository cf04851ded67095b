// Devices whose certificates are made elsewhere: which account they are in, and that a new CA counts at once.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pki/certificate_authority.hpp"
#include "server-stub/forged_ca.test.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

const char* const qa_cas = "/otafleet/v1/accounts/qa/device-cas";
const char* const production_cas = "/otafleet/v1/accounts/production/device-cas";

std::string code(const std::optional<response>& answer) {
  return json::parse(answer->body)["code"];
}

/// A device's credential that trusts the stub's gateway.
pki::credential with_anchor(pki::credential made, const running_stub& backend) {
  made.authorities = {pki::certificate::from_pem(backend.server->gateway_ca()).value()};
  // OpenSSL reads the extensions at first use; threads that share the credential are to find that done.
  for (const auto* one : {&made.leaf, &made.authorities.front()})
    X509_check_purpose(one->native(), -1, 0);
  return made;
}

TEST(device_credentials, make_a_device_of_the_account_whose_ca_has_issued_them) {
  const forged_ca fleet;
  auto options = running_stub::defaults();
  options.accounts[1].device_cas = {fleet.make().pem()};
  running_stub backend{options};
  const auto credential = with_anchor(fleet.issue("VIN-1"), backend);
  auto device = backend.connect(credential);
  ASSERT_TRUE(device.connected());
  auto vehicle = test_vehicle::make();
  EXPECT_EQ(device.request("POST", "/director/ecus", vehicle.registration(), {"X-Otafleet-Device: VIN-1"})->status,
            201);
  EXPECT_EQ(backend.device("VIN-1", "production")["provisioned"], false) << "nobody provisioned it";
  EXPECT_TRUE(backend.device("VIN-1", "qa").is_null());
  EXPECT_EQ(code(device.request("POST", "/devices", R"({"deviceId":"d","ttl":"1"})")), "credential_not_allowed");
}

TEST(device_credentials, count_from_the_handshake_after_their_ca_is_added) {
  running_stub backend;
  const forged_ca fleet;
  const auto root = fleet.make(); // made again it would have another signature
  const auto credential = with_anchor(fleet.issue("dev-1"), backend);
  EXPECT_FALSE(backend.connect(credential).request("GET", "/director/1.root.json"));
  const auto added = backend.operate("POST", qa_cas, root.pem());
  EXPECT_EQ(added->status, 201);
  EXPECT_EQ(json::parse(added->body)["common_name"], "fleet root");
  EXPECT_EQ(backend.connect(credential).request("GET", "/director/1.root.json")->status, 200);
  EXPECT_EQ(backend.operate("POST", qa_cas, root.pem())->status, 200) << "the very same again";
  const auto listed = json::parse(backend.operate("GET", qa_cas)->body)["values"];
  ASSERT_EQ(listed.size(), 2u) << "the account's own and the new one";
  EXPECT_EQ(listed[1]["fingerprint"], root.fingerprint());
}

TEST(device_credentials, need_a_ca_that_vouches_for_one_account_only) {
  running_stub backend;
  const forged_ca fleet;
  ASSERT_EQ(backend.operate("POST", qa_cas, fleet.make().pem())->status, 201);
  const auto refused = backend.operate("POST", production_cas, fleet.make().pem());
  EXPECT_EQ(refused->status, 409);
  EXPECT_EQ(code(refused), "conflicting_entity");
  EXPECT_EQ(backend.operate("POST", "/otafleet/v1/accounts/nobody/device-cas", fleet.make().pem())->status, 404);
  EXPECT_EQ(code(backend.operate("POST", qa_cas, "no PEM")), "invalid_entity");
  const auto audit = backend.operate("GET", "/otafleet/v1/audit")->body;
  EXPECT_NE(audit.find("\"add-device-ca\""), std::string::npos);
  EXPECT_NE(audit.find("\"conflicting_entity\""), std::string::npos);
}

TEST(device_credentials, are_told_apart_by_signature_when_two_cas_have_one_name) {
  running_stub backend;
  const forged_ca of_qa;
  const forged_ca of_production;
  ASSERT_EQ(backend.operate("POST", qa_cas, of_qa.make().pem())->status, 201);
  ASSERT_EQ(backend.operate("POST", production_cas, of_production.make().pem())->status, 201);
  for (const auto& [fleet, account] : {std::pair{&of_qa, "qa"}, std::pair{&of_production, "production"}}) {
    const auto id = std::string{"of-"} + account;
    const auto credential = with_anchor(fleet->issue(id), backend);
    EXPECT_EQ(backend.connect(credential).request("GET", "/director/1.root.json")->status, 200);
    EXPECT_EQ(backend.device(id, account)["device_id"], id);
  }
  const forged_ca of_a_stranger;
  EXPECT_FALSE(backend.connect(with_anchor(of_a_stranger.issue("x"), backend)).request("GET", "/director/1.root.json"));
}

TEST(device_credentials, expire) {
  running_stub backend;
  forged_ca fleet;
  ASSERT_EQ(backend.operate("POST", qa_cas, fleet.make().pem())->status, 201);
  fleet.from = -20;
  fleet.to = -1;
  EXPECT_FALSE(backend.connect(with_anchor(fleet.issue("late"), backend)).request("GET", "/director/1.root.json"));
  EXPECT_TRUE(backend.device("late").is_null());
}

TEST(device_credentials, are_for_clients) {
  running_stub backend;
  const auto fleet = pki::certificate_authority::create("fleet", pki::certificate_use::client).value();
  ASSERT_EQ(backend.operate("POST", qa_cas, fleet.root().pem())->status, 201);
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  for (const auto use : {pki::certificate_use::client, pki::certificate_use::server}) {
    auto leaf = fleet.issue(key.public_part(), {"dev-1", use, std::chrono::days{1}, {"localhost"}}).value();
    const auto credential = with_anchor({key, std::move(leaf), {}}, backend);
    EXPECT_EQ(backend.connect(credential).request("GET", "/director/1.root.json").has_value(),
              use == pki::certificate_use::client);
  }
}

TEST(device_credentials, may_come_with_more_than_the_leaf_over_either_tls_and_with_either_key) {
  running_stub backend;
  const forged_ca fleet;
  ASSERT_EQ(backend.operate("POST", qa_cas, fleet.make().pem())->status, 201);
  int at = 0;
  for (const auto type : {pki::key_type::ec_p256, pki::key_type::rsa_2048})
    for (const auto version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
      const auto id = "dev-" + std::to_string(++at);
      auto credential = with_anchor(fleet.issue(id, type), backend);
      // aktualizr sends what its PKCS#12 held: the gateway's anchor; others send their own CA along.
      credential.authorities.push_back(fleet.make());
      auto chosen = backend.options_for(credential);
      chosen.highest_version = version;
      chosen.sends_authorities = true;
      tls_client device{port_of(backend.server->gateway_url()), chosen};
      EXPECT_EQ(device.request("GET", "/director/1.root.json")->status, 200) << id;
      EXPECT_EQ(backend.device(id)["device_id"], id);
    }
}

TEST(device_credentials, are_not_vouched_for_by_a_ca_that_the_client_brings_along) {
  running_stub backend;
  const forged_ca stranger;
  auto credential = with_anchor(stranger.issue("x"), backend);
  credential.authorities.push_back(stranger.make());
  auto chosen = backend.options_for(credential);
  chosen.sends_authorities = true;
  tls_client device{port_of(backend.server->gateway_url()), chosen};
  EXPECT_FALSE(device.request("GET", "/director/1.root.json"));
}

TEST(device_credentials, keep_their_account_over_a_resumed_session) {
  running_stub backend;
  const forged_ca fleet;
  ASSERT_EQ(backend.operate("POST", production_cas, fleet.make().pem())->status, 201);
  const auto credential = with_anchor(fleet.issue("dev-1"), backend);
  auto chosen = backend.options_for(credential);
  SSL_SESSION* session = nullptr;
  {
    tls_client first{port_of(backend.server->gateway_url()), chosen};
    ASSERT_EQ(first.request("GET", "/director/1.root.json")->status, 200);
    session = SSL_get1_session(first.native());
  }
  chosen.resume = session;
  tls_client again{port_of(backend.server->gateway_url()), chosen};
  SSL_SESSION_free(session);
  EXPECT_TRUE(again.resumed());
  EXPECT_EQ(again.request("GET", "/director/1.root.json", "", {"X-Otafleet-Device: dev-1"})->status, 200);
  EXPECT_EQ(backend.status()["identity"]["mismatches"], 0);
}

TEST(device_credentials, are_judged_while_cas_are_added) {
  running_stub backend;
  const forged_ca known;
  ASSERT_EQ(backend.operate("POST", qa_cas, known.make().pem())->status, 201);
  const auto credential = with_anchor(known.issue("dev-1"), backend);
  std::atomic<int> served{0};
  std::vector<std::thread> devices;
  for (int at = 0; at < 3; ++at)
    devices.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const auto answer = backend.connect(credential).request("GET", "/director/1.root.json");
        served += answer && answer->status == 200 ? 1 : 0;
      }
    });
  int accepted = 0;
  for (int at = 0; at < 20; ++at) {
    forged_ca added;
    added.common_name = "fleet root " + std::to_string(at);
    EXPECT_EQ(backend.operate("POST", qa_cas, added.make().pem())->status, 201);
    const auto new_device = with_anchor(added.issue("new-" + std::to_string(at)), backend);
    const auto answer = backend.connect(new_device).request("GET", "/director/1.root.json");
    accepted += answer && answer->status == 200 ? 1 : 0;
  }
  for (auto& device : devices)
    device.join();
  EXPECT_EQ(accepted, 20);
  EXPECT_EQ(served, 60);
}

TEST(device_credentials, are_bounded_in_the_number_of_their_cas) {
  running_stub backend;
  const auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  forged_ca added;
  added.key = key;
  for (int at = 1; at < 100; ++at) {
    added.common_name = "root " + std::to_string(at);
    ASSERT_EQ(backend.operate("POST", qa_cas, added.make().pem())->status, 201) << at;
  }
  added.common_name = "root 100";
  EXPECT_EQ(code(backend.operate("POST", qa_cas, added.make().pem())), "too_many_elements");
}

TEST(device_credentials, of_a_ca_that_breaks_a_rule_stop_the_backend_from_starting) {
  forged_ca wrong;
  wrong.key_usage = "";
  auto options = running_stub::defaults();
  options.accounts[0].device_cas = {wrong.make().pem()};
  EXPECT_EQ(server::start(options).error(),
            "a device CA of the account qa is refused: a device CA needs the extension keyUsage=keyCertSign");
}

} // namespace
} // namespace otafleet::stub
