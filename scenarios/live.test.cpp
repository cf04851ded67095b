// Backends that somebody else runs: behind `backend.live`, or in a file for --live.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "scenarios/load.hpp"

namespace otafleet::scenarios {
namespace {

const std::string scenario_text = R"(name: s
backend: {stub: {}}
accounts: {qa: , production: }
fleets:
  vans: {account: qa, devices: 10, hardware: gw}
  cars: {account: production, devices: 1, hardware: gw, provisioning: device-credentials}
)";

const std::string live_text = R"(max_rate: 50/s
accounts:
  qa:
    credentials: qa/credentials.zip
    operator: {url: https://operators.example/, token: s3cr3t-token}
  production:
    like: ota-ce
    gateway: https://ota.ce:30443/
    device_ca: {certificate: ca.pem, key: ca.key, server_ca: /etc/root.crt}
)";

[[nodiscard]] std::string complaints(const tl::expected<loaded, std::vector<problem>>& result) {
  std::string all;
  if (!result) {
    for (const auto& one : result.error())
      all += one.text() + "\n";
  }
  return all;
}

[[nodiscard]] auto play_on(const std::string& live, const std::string& text = scenario_text,
                           const std::vector<std::string>& overrides = {}) {
  return parse(text, "s.yaml", overrides, document_text{live, "conf/live.yaml"});
}

[[nodiscard]] std::string with(std::string text, const std::string& part, const std::string& other) {
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), other);
}

void expect_complaint(const std::string& live, const std::string& words, const std::string& text = scenario_text) {
  const auto all = complaints(play_on(live, text));
  EXPECT_NE(all.find(words), std::string::npos) << "wanted: " << words << "\ngot: " << all;
}

TEST(a_live_file, takes_the_place_of_the_scenarios_backend) {
  const auto result = play_on(live_text);
  ASSERT_TRUE(result) << complaints(result);
  ASSERT_TRUE(result->content.live);
  const auto& live = *result->content.live;
  EXPECT_DOUBLE_EQ(live.max_rate.value(), 50);
  const auto& qa = live.accounts.at("qa");
  EXPECT_EQ(qa.gateway, "");
  EXPECT_EQ(qa.operators->url, "https://operators.example");
  EXPECT_EQ(qa.operators->token, "s3cr3t-token");
  EXPECT_FALSE(qa.uuid_device_ids);
}

TEST(a_live_file, has_paths_relative_to_its_own_directory) {
  const auto result = play_on(live_text);
  ASSERT_TRUE(result) << complaints(result);
  const auto here = std::filesystem::current_path();
  EXPECT_EQ(std::get<credentials_archive>(result->content.live->accounts.at("qa").access).file,
            here / "conf/qa/credentials.zip");
  const auto& ca = std::get<device_ca_files>(result->content.live->accounts.at("production").access);
  EXPECT_EQ(ca.key, here / "conf/ca.key");
  EXPECT_EQ(ca.server_ca, "/etc/root.crt");
}

TEST(a_live_file, has_defaults_that_follow_from_whose_gateway_it_is) {
  const auto result = play_on(live_text);
  ASSERT_TRUE(result) << complaints(result);
  EXPECT_TRUE(result->content.live->accounts.at("production").uuid_device_ids);
  EXPECT_EQ(result->content.live->accounts.at("production").gateway, "https://ota.ce:30443");
  const auto other = play_on(with(live_text, "credentials: qa", "like: airbotics\n    credentials: qa"));
  ASSERT_TRUE(other) << complaints(other);
  EXPECT_EQ(other->content.live->accounts.at("qa").base_path, "/api/v0/robot");
  EXPECT_FALSE(other->content.live->accounts.at("qa").uuid_device_ids);
}

TEST(a_live_file, keeps_its_tokens_out_of_the_resolved_scenario) {
  const auto result = play_on(live_text);
  ASSERT_TRUE(result) << complaints(result);
  EXPECT_EQ(result->resolved_yaml.find("s3cr3t"), std::string::npos) << result->resolved_yaml;
  EXPECT_NE(result->resolved_yaml.find("https://operators.example"), std::string::npos);
  const auto again = parse(result->resolved_yaml, "resolved");
  ASSERT_TRUE(again) << complaints(again);
  EXPECT_EQ(again->resolved_yaml, result->resolved_yaml);
}

TEST(a_live_file, keeps_its_tokens_out_of_problems) {
  const auto wrong = with(live_text, "token: s3cr3t-token", "token: [s3cr3t-token]");
  EXPECT_EQ(complaints(play_on(wrong)).find("s3cr3t"), std::string::npos) << complaints(play_on(wrong));
  const auto set = play_on(live_text, scenario_text, {"backend.live.accounts.qa.operator.token={a: s3cr3t}"});
  EXPECT_NE(complaints(set), "");
  EXPECT_EQ(complaints(set).find("s3cr3t"), std::string::npos) << complaints(set);
}

TEST(a_live_file, is_named_with_line_and_column_in_its_problems) {
  expect_complaint(with(live_text, "like: ota-ce", "like: ota-cf"),
                   "conf/live.yaml:7:11: backend.live.accounts.production.like: \"ota-cf\" is not known here");
  expect_complaint(with(live_text, "gateway: https://ota.ce:30443/", "gateway: ota.ce"), "must be a URL of the form");
  expect_complaint(with(live_text, "credentials: qa/credentials.zip", "credentials: a, import: b"), "conf/live.yaml:");
  expect_complaint("accounts: [", "conf/live.yaml:1:");
  expect_complaint("", "backend.live.accounts: is missing");
}

TEST(a_live_account, has_exactly_one_kind_of_credentials) {
  expect_complaint(with(live_text, "    credentials: qa/credentials.zip\n", ""),
                   "needs exactly one of credentials, import and device_ca");
  expect_complaint(with(live_text, "    device_ca:", "    import: dir\n    device_ca:"),
                   "needs exactly one of credentials, import and device_ca");
}

TEST(a_live_account, must_be_there_for_every_account_of_the_scenario) {
  expect_complaint(with(live_text, "  qa:", "  qb:"),
                   "account \"qa\" of the scenario is missing; did you mean \"qb\"?");
}

TEST(a_live_account, must_fit_the_way_in_which_its_fleets_are_provisioned) {
  expect_complaint(
      live_text, "s.yaml:5:", with(scenario_text, "hardware: gw}", "hardware: gw, provisioning: device-credentials}"));
  expect_complaint(live_text, "has no credentials to share; write device-credentials",
                   with(scenario_text, ", provisioning: device-credentials", ""));
}

TEST(a_live_account, like_ota_ce_gives_no_certificates_away) {
  expect_complaint(with(live_text, "credentials: qa", "like: ota-ce\n    credentials: qa"),
                   "a gateway like ota-ce issues no certificates; give device_ca or import");
}

TEST(a_live_account, with_an_imported_device_has_no_second_one) {
  const auto one =
      with(live_text, "device_ca: {certificate: ca.pem, key: ca.key, server_ca: /etc/root.crt}", "import: device-1");
  EXPECT_EQ(complaints(play_on(one)), "");
  expect_complaint(one, "imports one device, so its fleets can have no more",
                   with(scenario_text, "devices: 1,", "devices: 2,"));
}

TEST(a_live_account, needs_an_operator_api_only_for_operations) {
  const auto without = with(live_text, "    operator: {url: https://operators.example/, token: s3cr3t-token}\n", "");
  EXPECT_EQ(complaints(play_on(without)), "");
  expect_complaint(without, "operations[0]: needs the operator API of account \"qa\"",
                   scenario_text + "operations: [{upload: {image: i, size: 1, account: qa, hardware: gw}}]\n");
}

TEST(a_live_backend, is_neither_attacked_through_nor_rotated) {
  expect_complaint(live_text, "only the embedded backend attacks its devices",
                   scenario_text + "faults: [{for: 1s, attack: freeze}]\n");
  expect_complaint(live_text, "only the embedded backend rotates keys",
                   scenario_text + "operations: [{rotate: {account: qa, keys: [root]}}]\n");
}

TEST(a_live_backend, may_stand_in_the_scenario_itself) {
  const auto text =
      with(scenario_text, "{stub: {}}", "{live: {accounts: {qa: {credentials: c.zip}, production: {import: d}}}}");
  const auto result = parse(text, "s.yaml");
  ASSERT_TRUE(result) << complaints(result);
  EXPECT_FALSE(result->content.live->max_rate);
}

TEST(a_live_file, that_is_missing_is_named) {
  const auto file = testing::TempDir() + "scenario.yaml";
  std::ofstream{file} << scenario_text;
  const auto result = load(file, {}, "/nonexistent/live.yaml");
  EXPECT_EQ(complaints(result), "/nonexistent/live.yaml: cannot be read: No such file or directory\n");
}

} // namespace
} // namespace otafleet::scenarios
