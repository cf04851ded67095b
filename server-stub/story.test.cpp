// The whole story of a device over real sockets: provisioning, registration, an update, and who is refused.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "pki/certificate_authority.hpp"
#include "pki/pkcs12.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

TEST(stub_story, carries_a_device_from_provisioning_to_an_installed_update) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  EXPECT_EQ(credential.leaf.common_name(), "dev-1");
  ASSERT_EQ(credential.authorities.size(), 1u);

  auto device = backend.connect(credential);
  auto vehicle = test_vehicle::make(pki::key_type::rsa_2048);
  EXPECT_EQ(device.request("POST", "/director/ecus", vehicle.registration())->status, 201);
  EXPECT_EQ(device.request("PUT", "/system_info", R"({"id":"vm","class":"system"})")->status, 200);
  EXPECT_EQ(device.request("PUT", "/core/installed", R"([{"name":"fake-package","version":"1.0"}])")->status, 204);
  EXPECT_EQ(device.request("PUT", "/system_info/network", R"({"hostname":"h","local_ipv4":"","mac":""})")->status, 204);
  EXPECT_EQ(
      device.request("POST", "/system_info/config", "[pacman]\ntype = \"none\"\n", {"Content-Type: application/toml"})
          ->status,
      204);
  EXPECT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest())->status, 200);
  EXPECT_EQ(device.request("GET", "/director/1.root.json")->status, 200);
  EXPECT_EQ(device.request("GET", "/director/2.root.json")->status, 404);
  const auto empty = json::parse(device.request("GET", "/director/targets.json")->body)["signed"];
  EXPECT_TRUE(empty["targets"].empty());
  EXPECT_FALSE(empty.contains("custom"));

  const std::string image(100'000, 'x');
  EXPECT_EQ(
      backend.operate("PUT", "/api/v1/user_repo/targets/fw%201.bin?name=fw&version=1&hardwareIds=gw", image)->status,
      204);
  const auto update = backend.operate("POST", "/api/v1/multi_target_updates", update_body("gw", "fw 1.bin", image));
  ASSERT_EQ(update->status, 201);
  const auto assigned =
      backend.operate("POST", "/api/v1/assignments", assignment_body(json::parse(update->body), {"dev-1", "nobody"}));
  EXPECT_EQ(assigned->status, 201);
  EXPECT_EQ(assigned->body, R"(["dev-1"])");
  EXPECT_EQ(backend.device("dev-1")["assignment"], "queued");

  const auto listed = json::parse(device.request("GET", "/director/targets.json")->body)["signed"];
  EXPECT_EQ(listed["version"], 2);
  EXPECT_EQ(listed["custom"]["correlationId"], campaign_id);
  EXPECT_EQ(listed["targets"]["fw 1.bin"]["length"], 100'000);
  EXPECT_EQ(listed["targets"]["fw 1.bin"]["custom"]["ecuIdentifiers"]["primary-1"]["hardwareId"], "gw");
  EXPECT_EQ(backend.device("dev-1")["assignment"], "in-flight");

  EXPECT_EQ(device.request("GET", "/repo/targets/fw%201.bin")->body, image);
  const auto rest = device.request("GET", "/repo/targets/fw%201.bin", "", {"Range: bytes=99990-"});
  EXPECT_EQ(rest->status, 206);
  EXPECT_EQ(rest->headers.at("content-range"), "bytes 99990-99999/100000");
  EXPECT_EQ(rest->body, std::string(10, 'x'));

  EXPECT_EQ(device
                .request("POST", "/events",
                         R"([{"id":"313258b4-e4c6-4ce4-a4f3-011a3959d92b","deviceTime":"2026-01-25T12:35:42Z",)"
                         R"("eventType":{"id":"EcuInstallationCompleted","version":0},"event":{"success":true}}])")
                ->status,
            204);
  vehicle.install(0, "fw 1.bin", image);
  EXPECT_EQ(device.request("PUT", "/director/manifest", vehicle.manifest(true))->status, 200);

  const auto known = backend.device("dev-1");
  EXPECT_EQ(known["assignment"], "done");
  EXPECT_EQ(known["provisioned"], true);
  EXPECT_EQ(known["registered"], true);
  EXPECT_EQ(known["manifests"], 2);
  EXPECT_EQ(known["last_report_counter"], 2);
  EXPECT_EQ(known["ecus"][0]["filepath"], "fw 1.bin");
  EXPECT_EQ(known["ecus"][0]["length"], 100'000);
  EXPECT_EQ(known["events"], json::parse(R"({"EcuInstallationCompleted":1})"));
  EXPECT_EQ(json::parse(device.request("GET", "/director/targets.json")->body)["signed"]["version"], 2)
      << "a list that was fulfilled stays as it is";
}

TEST(stub_story, serves_a_device_that_brings_its_own_certificate_from_the_first_request_on) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  EXPECT_EQ(backend.device("dev-1")["registered"], false);
  EXPECT_EQ(device.request("PUT", "/director/manifest", test_vehicle::make().manifest())->status, 404);
}

TEST(stub_story, serves_curl_with_a_client_certificate) {
  running_stub backend;
  const auto credential = backend.provision("dev-curl");
  const auto directory = std::filesystem::path{::testing::TempDir()} / ("stub_curl_" + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  std::ofstream{directory / "key.pem"} << credential.key.pkcs8_pem();
  std::ofstream{directory / "cert.pem"} << credential.leaf.pem();
  std::ofstream{directory / "ca.pem"} << credential.authorities.front().pem();
  std::ofstream{directory / "body"} << test_vehicle::make().registration();

  const auto curl = [&](const std::string& arguments) {
    const auto command = "curl -sS --max-time 20 --cacert " + (directory / "ca.pem").string() + " --cert " +
                         (directory / "cert.pem").string() + " --key " + (directory / "key.pem").string() +
                         " -w '%{http_version} %{http_code}' -o /dev/null " + arguments + " 2>&1";
    std::string output;
    std::array<char, 256> piece{};
    auto* const pipe = popen(command.c_str(), "r");
    while (fgets(piece.data(), piece.size(), pipe) != nullptr)
      output += piece.data();
    pclose(pipe);
    return output;
  };
  const auto url = backend.server->gateway_url();
  EXPECT_EQ(curl("-X POST -H 'Content-Type: application/json' --data-binary @" + (directory / "body").string() + " " +
                 url + "/director/ecus"),
            "1.1 201");
  EXPECT_EQ(curl(url + "/director/targets.json"), "1.1 200");
  EXPECT_EQ(curl("--tls-max 1.2 " + url + "/director/1.root.json"), "1.1 200");
  EXPECT_EQ(curl("https://localhost:" + std::to_string(port_of(url)) + "/repo/timestamp.json"), "1.1 200");
  EXPECT_EQ(curl("-X DELETE " + url + "/director/targets.json"), "1.1 405");
  std::filesystem::remove_all(directory);
}

// -- who is refused -----------------------------------------------------------

TEST(stub_identity, counts_and_refuses_a_request_for_another_device_than_the_certificates) {
  running_stub backend;
  auto device = backend.connect(backend.provision("dev-1"));
  EXPECT_EQ(device.request("GET", "/director/1.root.json", "", {"X-Otafleet-Device: dev-1"})->status, 200);
  const auto refused = device.request("GET", "/director/1.root.json", "", {"X-Otafleet-Device: dev-2"});
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(json::parse(refused->body)["code"], "identity_mismatch");
  EXPECT_EQ(device.request("GET", "/director/1.root.json")->status, 200) << "a real client sends no such header";
  const auto identity = backend.status()["identity"];
  EXPECT_EQ(identity["requests_checked"], 3) << "two here, one while provisioning";
  EXPECT_EQ(identity["mismatches"], 1);
  const auto audit = json::parse(backend.operate("GET", "/otafleet/v1/audit")->body)["values"];
  EXPECT_EQ(audit.back()["action"], "identity-check");
  EXPECT_EQ(audit.back()["actor"], "dev-1");
  EXPECT_EQ(audit.back()["subject"], "dev-2");
  EXPECT_EQ(audit.back()["outcome"], "identity_mismatch");
}

TEST(stub_identity, counts_a_device_request_that_arrives_over_the_provisioning_connection) {
  running_stub backend;
  auto shared = backend.connect(backend.provisioning());
  EXPECT_EQ(shared.request("GET", "/director/targets.json", "", {"X-Otafleet-Device: dev-1"})->status, 403);
  EXPECT_EQ(backend.status()["identity"]["mismatches"], 1);
}

TEST(stub_identity, compares_a_provisioning_request_with_the_device_in_its_body) {
  running_stub backend;
  auto shared = backend.connect(backend.provisioning());
  const auto refused =
      shared.request("POST", "/devices", R"({"deviceId":"dev-1","ttl":"365"})", {"X-Otafleet-Device: dev-2"});
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(backend.status()["identity"]["mismatches"], 1);
  EXPECT_EQ(backend.status()["devices_provisioned"], 0);
}

TEST(stub_identity, lets_each_kind_of_credential_do_its_own_part_only) {
  running_stub backend;
  const auto device_credential = backend.provision("dev-1");
  auto shared = backend.connect(backend.provisioning());
  auto device = backend.connect(device_credential);
  const auto by_shared = shared.request("GET", "/repo/targets.json");
  EXPECT_EQ(by_shared->status, 403);
  EXPECT_EQ(json::parse(by_shared->body)["code"], "credential_not_allowed");
  EXPECT_EQ(device.request("POST", "/devices", R"({"deviceId":"dev-2","ttl":1})")->status, 403);
}

TEST(stub_identity, refuses_certificates_of_foreign_authorities_in_the_handshake) {
  running_stub backend;
  const auto foreign = pki::certificate_authority::create("qa device CA", pki::certificate_use::client).value();
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto leaf = foreign.issue(key.public_part(), {"dev-1"}).value();
  const pki::credential impostor{std::move(key), std::move(leaf), {}};
  auto client = backend.connect(impostor);
  EXPECT_FALSE(client.connected() && client.request("GET", "/director/1.root.json"));
  tls_client nobody{port_of(backend.server->gateway_url()), {}};
  EXPECT_FALSE(nobody.connected() && nobody.request("GET", "/director/1.root.json"));
  EXPECT_EQ(backend.status()["handshakes"]["failed"], 2);
  EXPECT_EQ(backend.status()["handshakes"]["ok"], 0);
}

TEST(stub_identity, refuses_a_certificate_that_a_device_issued) {
  running_stub backend;
  const auto device = backend.provision("dev-1");
  // A device's certificate is no CA, whatever it signs: its key stands in for one here.
  const auto own = pki::certificate_authority::create("dev-1", pki::certificate_use::client).value();
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto leaf = own.issue(key.public_part(), {"dev-2"}).value();
  auto client = backend.connect({std::move(key), std::move(leaf), {device.leaf}});
  EXPECT_FALSE(client.connected() && client.request("GET", "/director/1.root.json"));
}

TEST(stub_identity, keeps_accounts_apart_by_the_issuer_of_the_certificate) {
  running_stub backend;
  const auto in_qa = backend.provision("dev-1", "qa");
  const auto in_production = backend.provision("dev-1", "production");
  EXPECT_EQ(backend
                .operate("PUT", "/api/v1/user_repo/targets/secret.bin?name=s&version=1&hardwareIds=gw", "s3cret",
                         "production")
                ->status,
            204);
  auto qa = backend.connect(in_qa);
  auto production = backend.connect(in_production);
  EXPECT_EQ(production.request("GET", "/repo/targets/secret.bin")->body, "s3cret");
  EXPECT_EQ(qa.request("GET", "/repo/targets/secret.bin")->status, 404);
  EXPECT_NE(qa.request("GET", "/director/1.root.json")->body, production.request("GET", "/director/1.root.json")->body);
  EXPECT_EQ(qa.request("GET", "/repo/targets.json", "", {"x-ats-namespace: production"})->body,
            qa.request("GET", "/repo/targets.json")->body)
      << "the certificate alone decides";
}

TEST(stub_identity, resumes_a_session_as_the_device_that_began_it) {
  running_stub backend;
  const auto credential = backend.provision("dev-1");
  SSL_SESSION* session = nullptr;
  {
    auto first = backend.connect(credential);
    ASSERT_EQ(first.request("GET", "/director/1.root.json")->status, 200);
    session = SSL_get1_session(first.native());
  }
  auto options = backend.options_for(credential);
  options.resume = session;
  tls_client second{port_of(backend.server->gateway_url()), options};
  ASSERT_TRUE(second.connected());
  EXPECT_TRUE(second.resumed());
  EXPECT_EQ(second.request("GET", "/director/1.root.json", "", {"X-Otafleet-Device: dev-1"})->status, 200);
  EXPECT_EQ(second.request("GET", "/director/1.root.json", "", {"X-Otafleet-Device: dev-2"})->status, 403);
  SSL_SESSION_free(session);
}

TEST(stub_identity, resumes_nothing_when_told_so) {
  stub_options options = running_stub::defaults();
  options.tls_tickets = false;
  running_stub backend{options};
  const auto credential = backend.provision("dev-1");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto wanted = backend.options_for(credential);
    wanted.highest_version = version;
    tls_client first{port_of(backend.server->gateway_url()), wanted};
    ASSERT_EQ(first.request("GET", "/director/1.root.json")->status, 200);
    auto* const session = SSL_get1_session(first.native());
    wanted.resume = session;
    tls_client second{port_of(backend.server->gateway_url()), wanted};
    EXPECT_TRUE(second.connected());
    EXPECT_FALSE(second.resumed());
    SSL_SESSION_free(session);
  }
}

} // namespace
} // namespace otafleet::stub
