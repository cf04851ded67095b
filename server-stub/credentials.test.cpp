// credentials.zip as the backend makes it, and the publishing door that its URLs lead to.
#include "server-stub/credentials.hpp"

#include <string>

#include <gtest/gtest.h>

#include "pki/credentials_zip.hpp"
#include "pki/encoding.hpp"
#include "server-stub/running_stub.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

pki::credentials_zip archive(const running_stub& backend, std::string_view account = "qa") {
  return pki::read_credentials_zip(backend.server->credentials_zip(account).value()).value();
}

/// What follows the host in a URL of the operator port.
std::string path_in(const running_stub& backend, const std::string& url) {
  const auto host = backend.server->operator_url();
  EXPECT_TRUE(url.starts_with(host)) << "it leads to the operator port";
  return url.substr(host.size());
}

TEST(credentials, hold_all_that_a_device_needs_to_provision) {
  running_stub backend;
  const auto zip = archive(backend);
  EXPECT_EQ(zip.gateway_url, backend.server->gateway_url());
  const auto shared = pki::provisioning_credential(zip).value();
  auto client = backend.connect(shared);
  EXPECT_EQ(client.request("POST", "/devices", R"({"deviceId":"d","ttl":"1"})")->status, 200);
  ASSERT_EQ(zip.server_ca.size(), 1u);
  EXPECT_EQ(zip.server_ca.front().fingerprint(), shared.authorities.front().fingerprint());
}

TEST(credentials, hold_the_first_root_and_the_targets_key_that_it_names) {
  for (const auto type : {pki::key_type::ed25519, pki::key_type::rsa_2048}) {
    auto options = running_stub::defaults();
    options.accounts[0].metadata_key = type;
    running_stub backend{options};
    const auto zip = archive(backend);
    const auto root = json::parse(zip.root_json.value())["signed"];
    const auto shown = json::parse(zip.targets_public_key.value());
    const auto hidden = json::parse(zip.targets_private_key.value());
    const std::string id = root["roles"]["targets"]["keyids"][0];
    EXPECT_EQ(root["keys"][id]["keyval"]["public"], shown["keyval"]["public"]);
    EXPECT_EQ(shown["keytype"], hidden["keytype"]);
    const std::string text = hidden["keyval"]["private"];
    if (type == pki::key_type::ed25519) {
      ASSERT_EQ(text.size(), 128u) << "seed and public key";
      const auto key = pki::private_key::from_ed25519_seed(pki::from_hex(text.substr(0, 64)).value()).value();
      EXPECT_EQ(pki::to_hex(key.public_part().raw_ed25519()), shown["keyval"]["public"]);
      EXPECT_EQ(text.substr(64), shown["keyval"]["public"]);
    } else {
      EXPECT_EQ(pki::private_key::from_pem(text).value().public_part().spki_pem(), shown["keyval"]["public"]);
    }
  }
}

TEST(credentials, open_the_account_to_tools_that_log_in_with_nothing) {
  running_stub backend;
  const auto zip = archive(backend);
  EXPECT_TRUE(std::holds_alternative<pki::treehub_no_auth>(zip.treehub.value().login));
  ASSERT_EQ(zip.tufrepo_urls.size(), 1u);
  const auto repository = path_in(backend, zip.tufrepo_urls.front());
  const auto treehub = path_in(backend, zip.treehub->server);
  // No token and no account: what garage-sign and garage-push send.
  const auto root = backend.operate_as("", "GET", repository + "/api/v1/user_repo/root.json", "", "");
  EXPECT_EQ(root->status, 200);
  EXPECT_EQ(root->body, zip.root_json);
  EXPECT_EQ(backend.operate_as("", "GET", repository + "//api/v1/user_repo/root.json", "", "")->status, 200);
  const std::string object = "/objects/ab/" + std::string(62, 'c') + ".filez";
  EXPECT_EQ(backend.operate_as("", "HEAD", treehub + object, "", "")->status, 404);
  EXPECT_EQ(backend.operate_as("", "POST", treehub + object, "x", "")->status, 204);
  EXPECT_EQ(backend.operate_as("", "HEAD", treehub + object, "", "")->status, 200);
  EXPECT_EQ(backend.operate("GET", "/api/v3" + object, "", "qa")->status, 200);
  EXPECT_EQ(backend.operate("GET", "/api/v3" + object, "", "production")->status, 404) << "accounts share nothing";
}

TEST(credentials, open_nothing_but_images_and_objects) {
  running_stub backend;
  const auto door = path_in(backend, archive(backend).tufrepo_urls.front());
  for (const auto* path : {"/api/v1/devices", "/api/v1/multi_target_updates", "/otafleet/v1/status", "/metrics",
                           "/otafleet/v1/accounts/qa/autoprov_credentials.p12", "/", ""})
    EXPECT_EQ(backend.operate_as("", "GET", door + path, "", "qa")->status, 401) << path;
  EXPECT_EQ(
      backend
          .operate_as("", "PUT", door + "/api/v1/user_repo/targets/f?name=f&version=1&hardwareIds=g", "x", "production")
          ->status,
      204);
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/targets/f", "", "production")->status, 404)
      << "the door decides the account, not the header";
  EXPECT_EQ(backend.operate("GET", "/api/v1/user_repo/targets/f", "", "qa")->status, 200);
}

TEST(credentials, of_the_wrong_secret_open_nothing_and_are_not_logged) {
  running_stub backend;
  auto door = path_in(backend, archive(backend).tufrepo_urls.front());
  const auto secret = door.substr(std::string{"/publish/"}.size());
  EXPECT_EQ(secret.size(), 64u) << "256 bits";
  door.back() = door.back() == '0' ? '1' : '0';
  EXPECT_EQ(backend.operate_as("", "GET", door + "/api/v1/user_repo/root.json", "", "qa")->status, 401);
  EXPECT_EQ(backend.operate_as("", "GET", "/publish//api/v1/user_repo/root.json", "", "qa")->status, 401);
  const auto audit = backend.operate("GET", "/otafleet/v1/audit")->body;
  EXPECT_NE(audit.find("\"authorize\""), std::string::npos);
  EXPECT_EQ(audit.find(secret.substr(0, 63)), std::string::npos);
  EXPECT_EQ(audit.find(door.substr(9, 16)), std::string::npos);
}

TEST(credentials, are_of_accounts_that_exist) {
  running_stub backend;
  EXPECT_EQ(backend.server->credentials_zip("nobody").error(), "there is no account named nobody");
}

} // namespace
} // namespace otafleet::stub
