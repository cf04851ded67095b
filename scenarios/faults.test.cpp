// Devices with several ECUs, key rotations and attacks, as a scenario words them.
#include <string>

#include <gtest/gtest.h>

#include "scenarios/load.hpp"

namespace otafleet::scenarios {
namespace {

using namespace std::chrono_literals;

const std::string head = R"(name: s
backend: {stub: {}}
accounts: {a: {device_ca: own}, b: }
fleets:
  vans:
    account: a
    devices: 10
    hardware: gw
    client: strict
    provisioning: device-credentials
    install: {fails: 1%}
    secondaries: [{hardware: lamp, key: {type: ed25519}, install: {fails: 5%}}, {hardware: horn}]
)";

[[nodiscard]] std::string complaints(const std::string& text) {
  const auto result = parse(text, "f.yaml");
  std::string all;
  if (!result) {
    for (const auto& one : result.error())
      all += one.text() + "\n";
  }
  return all;
}

void expect_complaint(const std::string& text, const std::string& words) {
  const auto all = complaints(text);
  EXPECT_NE(all.find(words), std::string::npos) << "wanted: " << words << "\ngot: " << all;
}

[[nodiscard]] std::string with(const std::string& part, const std::string& other) {
  auto text = head;
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), other);
}

TEST(a_fleet, may_have_secondaries_and_certificates_from_the_factory) {
  const auto result = parse(head, "f.yaml");
  ASSERT_TRUE(result) << complaints(head);
  EXPECT_EQ(result->content.accounts.at("a").device_ca, device_authority::own);
  EXPECT_EQ(result->content.accounts.at("b").device_ca, std::nullopt);
  const auto& fleet = result->content.fleets.at(0);
  EXPECT_EQ(fleet.client, "strict");
  EXPECT_EQ(fleet.provisioned_by, provisioning::device_credentials);
  EXPECT_DOUBLE_EQ(fleet.install_fails, 0.01);
  ASSERT_EQ(fleet.secondaries.size(), 2u);
  EXPECT_EQ(fleet.secondaries[0].hardware, "lamp");
  EXPECT_EQ(fleet.secondaries[0].key, uptane_key_type::ed25519);
  EXPECT_DOUBLE_EQ(fleet.secondaries[0].install_fails, 0.05);
  EXPECT_EQ(fleet.secondaries[1].key, uptane_key_type::rsa_2048);
}

TEST(a_fleet, takes_an_image_that_is_for_one_of_its_secondaries) {
  const std::string operations = "operations:\n  - upload: {image: i, size: 1, account: a, hardware: lamp}\n"
                                 "  - assign: {image: i, fleet: vans}\n";
  EXPECT_EQ(complaints(head + operations), "");
  expect_complaint(with("hardware: lamp", "hardware: fan") + operations,
                   "the image is for hardware lamp, the fleet is gw, fan and horn");
}

TEST(a_fleet, needs_an_authority_that_can_make_its_certificates) {
  expect_complaint(with("device_ca: own", "device_ca: generated"),
                   "f.yaml:10:19: fleets.vans.provisioning: device-credentials need an authority of the run's own");
  EXPECT_EQ(complaints(with("{device_ca: own}", "{}")), "");
}

TEST(a_backend, like_ota_ce_issues_no_certificates) {
  auto text = with("stub: {}", "stub: {like: ota-ce}");
  EXPECT_EQ(complaints(text), "");
  text.replace(text.find("device-credentials"), 18, "shared-credentials");
  expect_complaint(text, "a backend like ota-ce issues no certificates; write device-credentials");
}

TEST(a_rotation, names_account_repository_and_roles) {
  const auto result = parse(head + "operations:\n  - rotate: {account: a, keys: [root, targets]}\n"
                                   "  - {at: 5s, rotate: {account: b, repository: director, keys: [root]}}\n",
                            "f.yaml");
  ASSERT_TRUE(result);
  const auto& first = std::get<rotate>(result->content.operations.at(0).what);
  EXPECT_EQ(first.of, repository::image);
  EXPECT_EQ(first.roles, (std::vector<std::string>{"root", "targets"}));
  EXPECT_EQ(std::get<rotate>(result->content.operations.at(1).what).of, repository::director);
  expect_complaint(head + "operations: [{rotate: {account: a, keys: [snapshot]}}]\n", "\"snapshot\" is not known here");
  expect_complaint(head + "operations: [{rotate: {account: c, keys: [root]}}]\n", "there is no account \"c\"");
}

TEST(an_attack, has_a_moment_an_end_and_an_account) {
  const auto result = parse(head + "faults:\n  - {when: 100% provisioned, for: until-refused, account: a, attack: "
                                   "rollback}\n  - {from: 60s, for: 20s, account: b, attack: endless-data}\n",
                            "f.yaml");
  ASSERT_TRUE(result);
  const auto& attacks = result->content.attacks;
  ASSERT_EQ(attacks.size(), 2u);
  EXPECT_EQ(attacks[0].kind, "rollback");
  EXPECT_EQ(attacks[0].account, "a");
  EXPECT_EQ(attacks[0].lasts, std::nullopt);
  EXPECT_DOUBLE_EQ(std::get<when_share>(attacks[0].when).share, 1);
  EXPECT_EQ(attacks[1].lasts, 20s);
  EXPECT_EQ(std::get<at_time>(attacks[1].when).after_start, 60s);
}

TEST(an_attack, of_no_account_in_particular_is_one_of_each) {
  const auto result = parse(head + "faults: [{for: 20s, attack: freeze}]\n", "f.yaml");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->content.attacks.size(), 2u);
  EXPECT_EQ(result->content.attacks[0].account, "a");
  EXPECT_EQ(result->content.attacks[1].account, "b");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(result->content.attacks[1].when));
}

TEST(an_attack, is_told_when_it_cannot_be_played) {
  expect_complaint(head + "faults: [{for: 20s, attack: rolback}]\n", "did you mean \"rollback\"?");
  expect_complaint(head + "faults: [{for: ever, attack: freeze}]\n", "\"ever\" is not a duration");
  expect_complaint(head + "faults: [{attack: freeze}]\n", "faults[0].for: is missing");
  expect_complaint(head + "faults: [{for: 1s, attack: freeze, account: c}]\n", "there is no account \"c\"");
  expect_complaint(head + "faults: [{for: 1s, attack: freeze, from: 1s, when: 1% updated}]\n",
                   "takes only one of from and when");
  expect_complaint(head + "faults: [{for: 1s, attack: freeze, when: faults over}]\n",
                   "a fault cannot wait for the faults");
}

TEST(an_operation, may_wait_until_the_faults_are_over) {
  const std::string rotation = "operations: [{when: faults over, rotate: {account: a, keys: [root]}}]\n";
  const auto result = parse(head + "faults: [{for: 1s, attack: freeze}]\n" + rotation, "f.yaml");
  ASSERT_TRUE(result);
  EXPECT_TRUE(std::holds_alternative<when_faults_over>(result->content.operations[0].when));
  expect_complaint(head + rotation, "there are no faults to wait for");
}

TEST(everything_new, comes_out_of_its_resolved_form_unchanged) {
  const auto first = parse(head + "faults: [{for: until-refused, attack: freeze}]\n"
                                  "operations: [{when: faults over, rotate: {account: a, keys: [root]}}]\n"
                                  "thresholds: {attacks.accepted: == 0, attacks.refused: \">= 10\"}\n",
                           "f.yaml");
  ASSERT_TRUE(first);
  const auto second = parse(first->resolved_yaml, "resolved");
  ASSERT_TRUE(second) << first->resolved_yaml;
  EXPECT_EQ(second->resolved_yaml, first->resolved_yaml);
}

} // namespace
} // namespace otafleet::scenarios
