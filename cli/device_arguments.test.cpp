#include "cli/device_arguments.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <system_error>

#include "pki/certificate_authority.hpp"
#include "pki/credentials_zip.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet::cli {
namespace {

using device::run_mode;

[[nodiscard]] device_arguments local() {
  device_arguments made;
  made.director_url = "http://127.0.0.1:1234/x/director/";
  made.image_url = "http://127.0.0.1:1234/x/image_repo";
  made.state_directory = "/nowhere";
  made.ecus = {"primary-0001:gw:imx8", ":lamp"};
  return made;
}

[[nodiscard]] std::string refusal(const device_arguments& of, run_mode mode = run_mode::check) {
  const auto plan = plan_device(of, mode);
  return plan ? "" : plan.error();
}

TEST(device_arguments, splits_an_ecu_at_its_last_colon_and_lets_the_serial_be_empty) {
  const auto plan = plan_device(local(), run_mode::check);
  ASSERT_TRUE(plan) << plan.error();
  const auto& settings = plan->session.settings;
  EXPECT_EQ(settings.primary.serial, "primary-0001:gw");
  EXPECT_EQ(settings.primary.hardware_id, "imx8");
  ASSERT_EQ(settings.secondaries.size(), 1U);
  EXPECT_EQ(settings.secondaries[0].serial, "");
  EXPECT_EQ(settings.secondaries[0].hardware_id, "lamp");
}

TEST(device_arguments, takes_the_slash_at_the_end_of_a_url_away) {
  const auto plan = plan_device(local(), run_mode::check);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_EQ(plan->session.settings.director_url, "http://127.0.0.1:1234/x/director");
}

TEST(device_arguments, wants_a_gateway_for_everything_but_a_check) {
  EXPECT_EQ(refusal(local()), "");
  EXPECT_NE(refusal(local(), run_mode::once).find("--gateway"), std::string::npos);
}

TEST(device_arguments, refuses_a_foreign_host_until_it_is_allowed) {
  auto arguments = local();
  arguments.image_url = "http://images.example/repo";
  EXPECT_NE(refusal(arguments).find("--allow-target images.example"), std::string::npos);
  arguments.allowed_targets = {"Images.example"};
  EXPECT_EQ(refusal(arguments), "");
}

TEST(device_arguments, refuses_two_ecus_of_one_serial_and_one_without_hardware) {
  auto arguments = local();
  arguments.ecus = {"a:x", "a:y"};
  EXPECT_NE(refusal(arguments).find("two ECUs are called a"), std::string::npos);
  arguments.ecus = {"a:"};
  EXPECT_NE(refusal(arguments).find("SERIAL:HARDWARE_ID"), std::string::npos);
}

TEST(device_arguments, names_a_credentials_file_that_is_not_there) {
  auto arguments = local();
  arguments.credentials = "/nowhere/credentials.zip";
  EXPECT_NE(refusal(arguments).find("there is no /nowhere/credentials.zip"), std::string::npos);
}

/// Files that credentials are read from, gone with the test.
class credential_files : public testing::Test {
protected:
  credential_files() {
    auto pattern = (std::filesystem::temp_directory_path() / "otafleet-cli-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr)
      directory_ = pattern;
  }
  ~credential_files() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string write(const std::string& name, std::string_view content) const {
    const auto path = directory_ / name;
    std::ofstream{path, std::ios::binary} << content;
    return path.string();
  }

  [[nodiscard]] pki::credential issued(const std::string& name) const {
    auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
    pki::issue_request wanted;
    wanted.common_name = name;
    auto leaf = authority_.issue(key.public_part(), wanted).value();
    return {std::move(key), std::move(leaf), {authority_.root()}};
  }

  std::filesystem::path directory_;
  pki::certificate_authority authority_ =
      pki::certificate_authority::create("fleet ca", pki::certificate_use::client).value();
};

TEST_F(credential_files, of_an_account_name_the_gateway_and_allow_its_host_alone) {
  pki::credentials_zip content;
  content.gateway_url = "https://gw.example:8443/";
  content.provisioning_p12 = pki::to_pkcs12(issued("account"), "").value();
  const auto packed = pki::write_credentials_zip(content);
  device_arguments arguments;
  arguments.state_directory = "/nowhere";
  arguments.credentials = write("credentials.zip", as_text(packed));
  const auto plan = plan_device(arguments, run_mode::once);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_EQ(plan->session.settings.gateway_url, "https://gw.example:8443");
  EXPECT_EQ(plan->session.settings.provisioning, device::provisioning_mode::shared_credentials);
  ASSERT_TRUE(plan->session.shared);
  EXPECT_EQ(plan->session.shared->leaf.common_name(), "account");

  arguments.director_url = "https://director.example";
  EXPECT_NE(refusal(arguments, run_mode::once).find("--allow-target director.example"), std::string::npos);
}

TEST_F(credential_files, of_a_factory_make_a_device_with_a_certificate_of_its_own) {
  const auto device = issued("vin-0001");
  write("root.crt", authority_.root().pem());
  write("client.pem", device.leaf.pem());
  write("pkey.pem", device.key.pkcs8_pem());
  write("gateway.url", "https://gw.example\n");
  device_arguments arguments;
  arguments.state_directory = "/nowhere";
  arguments.import = directory_.string();
  const auto plan = plan_device(arguments, run_mode::daemon);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_EQ(plan->session.settings.gateway_url, "https://gw.example");
  EXPECT_EQ(plan->session.settings.provisioning, device::provisioning_mode::device_credentials);
  ASSERT_TRUE(plan->session.imported);
  EXPECT_EQ(plan->session.imported->leaf.common_name(), "vin-0001");

  std::filesystem::remove(directory_ / "pkey.pem");
  EXPECT_NE(refusal(arguments, run_mode::daemon).find("pkey.pem"), std::string::npos);
}

TEST_F(credential_files, are_refused_when_they_are_longer_than_any_real_one) {
  device_arguments arguments;
  arguments.state_directory = "/nowhere";
  arguments.credentials = write("credentials.zip", std::string(pki::max_credentials_archive_bytes + 1, 'x'));
  EXPECT_NE(refusal(arguments, run_mode::once).find("longer than"), std::string::npos);
}

TEST(device_arguments, warns_that_no_https_server_is_trusted_without_credentials) {
  auto arguments = local();
  arguments.director_url = "https://127.0.0.1:1/director";
  const auto plan = plan_device(arguments, run_mode::check);
  ASSERT_TRUE(plan) << plan.error();
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_NE(plan->warnings[0].find("https"), std::string::npos);
}

TEST(device_arguments, draws_a_new_seed_each_time_unless_one_is_given) {
  auto arguments = local();
  const auto first = plan_device(arguments, run_mode::check);
  const auto second = plan_device(arguments, run_mode::check);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->session.seed, second->session.seed);
  arguments.seed = 7;
  const auto chosen = plan_device(arguments, run_mode::check);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->session.seed, 7U);
}

} // namespace
} // namespace otafleet::cli
