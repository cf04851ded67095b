#include "actors/target.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>

#include <gtest/gtest.h>

#include "pki/credentials_zip.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet::actors {
namespace {

[[nodiscard]] pki::certificate_authority authority(const char* name) {
  return pki::certificate_authority::create(name, pki::certificate_use::client).value();
}

[[nodiscard]] scenarios::fleet fleet_of(const std::string& account, bool is_delivered) {
  scenarios::fleet fleet;
  fleet.name = "vans";
  fleet.account = account;
  if (is_delivered)
    fleet.provisioned_by = scenarios::provisioning::device_credentials;
  return fleet;
}

// -- guard rails --------------------------------------------------------------------

[[nodiscard]] target at(const std::string& gateway) {
  target where;
  where.accounts["qa"].gateway_url = gateway;
  return where;
}

TEST(objection_to, has_nothing_against_this_machine) {
  EXPECT_EQ(objection_to(at("https://127.0.0.1:8443")), "");
  EXPECT_EQ(objection_to(at("https://localhost:8443/base")), "");
}

TEST(objection_to, asks_for_the_host_by_name_and_then_for_a_rate) {
  auto where = at("https://gateway.example");
  EXPECT_EQ(objection_to(where), "the run would put load on machines other than this one; add --allow-target "
                                 "gateway.example if you may do that to them");
  where.allowed_hosts = {"gateway.example"};
  EXPECT_NE(objection_to(where).find("add max_rate"), std::string::npos);
  where.max_rate = 50;
  EXPECT_EQ(objection_to(where), "");
}

TEST(objection_to, looks_at_every_url_of_every_account) {
  auto where = at("https://gateway.example");
  where.max_rate = 50;
  where.allowed_hosts = {"gateway.example"};
  where.accounts["qa"].director_url = "https://director.example";
  where.accounts["dev"].gateway_url = "https://127.0.0.1";
  where.accounts["dev"].operators = operator_access{"https://operators.example", ""};
  EXPECT_NE(objection_to(where).find("--allow-target director.example --allow-target operators.example"),
            std::string::npos)
      << objection_to(where);
}

TEST(objection_to, does_not_guess_at_a_host) {
  EXPECT_NE(objection_to(at("https://127.0.0.1@evil.example")), "");
}

// -- our own backend ----------------------------------------------------------------

TEST(embedded_target, makes_an_authority_where_devices_are_delivered_with_certificates) {
  const auto gateway = authority("gateway");
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  auto leaf = gateway.issue(key.public_part(), {.common_name = "shared"}).value();
  const auto p12 = pki::to_pkcs12({key, leaf, {gateway.root()}}, "").value();
  scenarios::scenario plan;
  plan.fleets = {fleet_of("qa", true), fleet_of("dev", false)};
  plan.backend.like = scenarios::likeness::ota_ce;
  const auto made =
      embedded_target({"https://127.0.0.1:1", {"http://127.0.0.1:2", "t"}, {{"qa", p12}, {"dev", p12}}}, plan);
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(made->is_embedded_stub);
  const auto& qa = made->accounts.at("qa");
  ASSERT_NE(qa.mint, nullptr);
  EXPECT_EQ(qa.mint->make("d").value().authorities.at(0).fingerprint(), gateway.root().fingerprint());
  EXPECT_EQ(qa.names, device_naming::uuids);
  EXPECT_EQ(made->accounts.at("dev").mint, nullptr);
  EXPECT_EQ(made->accounts.at("dev").shared->leaf.common_name(), "shared");
}

// -- a live one -----------------------------------------------------------------------

class live : public testing::Test {
protected:
  live() {
    std::string pattern = testing::TempDir() + "otafleet-live-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    plan_.accounts["qa"] = {"qa", scenarios::signing_key_type::ed25519};
    plan_.live.emplace();
  }
  ~live() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories((directory_ / name).parent_path());
    std::ofstream{directory_ / name, std::ios::binary} << content;
    return directory_ / name;
  }

  [[nodiscard]] scenarios::live_account& qa() { return plan_.live->accounts["qa"]; }
  [[nodiscard]] tl::expected<target, std::string> read() const { return live_target(plan_, {}); }
  [[nodiscard]] std::string complaint() const {
    const auto made = read();
    return made ? "" : made.error();
  }

  [[nodiscard]] std::string archive(std::optional<std::string> gateway_url) const {
    pki::credentials_zip content;
    content.gateway_url = std::move(gateway_url);
    auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
    auto leaf = ca_.issue(key.public_part(), {.common_name = "shared"}).value();
    content.provisioning_p12 = pki::to_pkcs12({key, leaf, {gateway_.root()}}, "").value();
    return std::string{as_text(pki::write_credentials_zip(content))};
  }

  std::filesystem::path directory_;
  scenarios::scenario plan_;
  pki::certificate_authority ca_ = authority("fleet");
  pki::certificate_authority gateway_ = authority("gateway");
};

TEST_F(live, takes_gateway_and_credential_out_of_a_credentials_zip) {
  qa().access = scenarios::credentials_archive{write("credentials.zip", archive("https://gateway.example:8443/"))};
  qa().operators = scenarios::live_operator{"https://operators.example", "t0ken"};
  const auto made = read();
  ASSERT_TRUE(made) << made.error();
  EXPECT_FALSE(made->is_embedded_stub);
  const auto& access = made->accounts.at("qa");
  EXPECT_EQ(access.gateway_url, "https://gateway.example:8443");
  EXPECT_EQ(access.shared->leaf.common_name(), "shared");
  EXPECT_EQ(access.shared->authorities.at(0).fingerprint(), gateway_.root().fingerprint());
  EXPECT_EQ(access.mint, nullptr);
  EXPECT_EQ(access.operators->token, "t0ken");
  EXPECT_EQ(access.names, device_naming::made_up);
}

TEST_F(live, lets_the_configuration_say_where_the_gateway_is) {
  qa().access = scenarios::credentials_archive{write("credentials.zip", archive("https://other.example"))};
  qa().gateway = "https://127.0.0.1:9";
  EXPECT_EQ(read().value().accounts.at("qa").gateway_url, "https://127.0.0.1:9");
}

TEST_F(live, puts_the_base_path_behind_a_gateway_without_one) {
  qa().access = scenarios::credentials_archive{write("credentials.zip", archive("https://gateway.example"))};
  qa().base_path = "/api/v0/robot";
  EXPECT_EQ(read().value().accounts.at("qa").gateway_url, "https://gateway.example/api/v0/robot");
  qa().gateway = "https://gateway.example/own";
  EXPECT_EQ(read().value().accounts.at("qa").gateway_url, "https://gateway.example/own");
}

TEST_F(live, names_the_file_and_what_is_missing_in_it) {
  qa().access = scenarios::credentials_archive{directory_ / "none.zip"};
  EXPECT_EQ(complaint(),
            "account qa: cannot read " + (directory_ / "none.zip").string() + ": No such file or directory");
  const auto file = write("credentials.zip", archive(std::nullopt));
  qa().access = scenarios::credentials_archive{file};
  EXPECT_EQ(complaint(), "account qa: " + file.string() +
                             ": there is no autoprov.url in it; say where the gateway is with gateway: in the "
                             "configuration");
  qa().access = scenarios::credentials_archive{write("broken.zip", "PK but no zip")};
  EXPECT_NE(complaint().find("broken.zip: "), std::string::npos) << complaint();
  qa().access = scenarios::credentials_archive{directory_};
  EXPECT_NE(complaint().find("is a directory"), std::string::npos) << complaint();
}

TEST_F(live, plays_an_imported_device_under_its_own_name) {
  const auto device = device_mint{ca_, {gateway_.root()}}.make("van-7").value();
  static_cast<void>(write("import/root.crt", gateway_.root().pem()));
  static_cast<void>(write("import/client.pem", device.leaf.pem()));
  static_cast<void>(write("import/pkey.pem", device.key.pkcs8_pem()));
  qa().access = scenarios::import_directory{directory_ / "import"};
  EXPECT_NE(complaint().find("gateway.url"), std::string::npos) << complaint();
  static_cast<void>(write("import/gateway.url", "https://gateway.example\n"));
  const auto made = read();
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(made->accounts.at("qa").gateway_url, "https://gateway.example");
  EXPECT_EQ(made->accounts.at("qa").mint->only_name(), "van-7");
  EXPECT_EQ(made->accounts.at("qa").names, device_naming::by_fleet);
}

TEST_F(live, makes_device_certificates_with_the_authority_that_it_is_given) {
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  const auto files = [&](std::string_view private_key) {
    return scenarios::device_ca_files{write("ca.pem", ca_.root().pem()), write("ca.key", private_key),
                                      write("root.crt", gateway_.root().pem())};
  };
  qa().gateway = "https://gateway.example";
  qa().access = files(key.pkcs8_pem());
  EXPECT_EQ(complaint(),
            "account qa: " + (directory_ / "ca.pem").string() + ": the key is not that of the authority's certificate");
  qa().access = files("no key");
  EXPECT_NE(complaint().find("ca.key: "), std::string::npos) << complaint();
}

} // namespace
} // namespace otafleet::actors
