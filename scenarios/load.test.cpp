#include "scenarios/load.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace otafleet::scenarios {
namespace {

using namespace std::chrono_literals;

const std::string sample = R"(name: sample
seed: 7
backend: {stub: {latency: 20ms, issue_rate: 3000/min}}
accounts:
  qa: {metadata_keys: rsa-2048}
fleets:
  pilot:
    account: qa
    devices: 500
    hardware: gw-imx8
    client: keep-alive
    keys: {uptane: {type: ed25519}}
    start: {ramp: 1m30s}
    poll: {every: 30s, jitter: 20%}
    install: {takes: {p50: 3s, p99: 20s}, reboots: true}
operations:
  - upload: {image: fw-1, size: 2MiB, account: qa, hardware: [gw-imx8, gw-imx9]}
  - when: 95% provisioned
    assign: {image: fw-1, fleet: pilot, waves: [1%, 100%], every: 30s}
until: {all: updated, at_most: 10m}
thresholds:
  provisioning.response: p99 < 2s
  updates.success: ">= 98%"
)";

/// The sample with one part replaced by another.
[[nodiscard]] std::string with(const std::string& part, const std::string& other) {
  auto text = sample;
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), other);
}

/// All problems of a text, a line each.
[[nodiscard]] std::string complaints(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto result = parse(text, "f.yaml", overrides);
  std::string all;
  if (!result) {
    for (const auto& one : result.error())
      all += one.text() + "\n";
  }
  return all;
}

void expect_complaint(const std::string& text, const std::string& words,
                      const std::vector<std::string>& overrides = {}) {
  const auto all = complaints(text, overrides);
  EXPECT_NE(all.find(words), std::string::npos) << "wanted: " << words << "\ngot: " << all;
}

// -- what is read ---------------------------------------------------------------

TEST(scenario, is_read_in_units_of_the_standard_library) {
  const auto result = parse(sample, "f.yaml");
  ASSERT_TRUE(result) << complaints(sample);
  const auto& read = result->content;
  EXPECT_EQ(read.seed, 7u);
  EXPECT_EQ(read.backend.latency, 20ms);
  EXPECT_DOUBLE_EQ(read.backend.issue_rate, 50);
  EXPECT_EQ(read.accounts.at("qa").metadata_keys, signing_key_type::rsa_2048);
  ASSERT_EQ(read.fleets.size(), 1u);
  const auto& fleet = read.fleets[0];
  EXPECT_EQ(fleet.devices, 500u);
  EXPECT_EQ(fleet.client, "keep-alive");
  EXPECT_EQ(fleet.uptane_key, uptane_key_type::ed25519);
  EXPECT_EQ(std::get<start_ramp>(fleet.start).over, 90s);
  EXPECT_EQ(fleet.poll_every, 30s);
  EXPECT_DOUBLE_EQ(fleet.poll_jitter, 0.2);
  EXPECT_EQ(fleet.install_p99, 20s);
  EXPECT_TRUE(fleet.reboots);
  ASSERT_EQ(read.operations.size(), 2u);
  const auto& image = std::get<upload>(read.operations[0].what);
  EXPECT_EQ(image.size_bytes, 2u * 1024 * 1024);
  EXPECT_EQ(image.hardware, (std::vector<std::string>{"gw-imx8", "gw-imx9"}));
  const auto& order = std::get<assign>(read.operations[1].what);
  EXPECT_EQ(order.waves, (std::vector<double>{0.01, 1}));
  EXPECT_DOUBLE_EQ(std::get<when_share>(read.operations[1].when).share, 0.95);
  EXPECT_EQ(read.end.at_most, 10min);
  ASSERT_EQ(read.thresholds.size(), 2u);
  EXPECT_EQ(read.thresholds[0].statistic, "p99");
  EXPECT_DOUBLE_EQ(read.thresholds[0].bound, 2);
  EXPECT_EQ(read.thresholds[1].compare, threshold::comparison::greater_equal);
  EXPECT_DOUBLE_EQ(read.thresholds[1].bound, 0.98);
}

TEST(scenario, needs_little_and_takes_the_real_clients_defaults) {
  const auto result = parse(
      "name: s\nbackend: {stub: }\naccounts: {a: {}}\nfleets: {f: {account: a, devices: 1, hardware: h}}\n", "f.yaml");
  ASSERT_TRUE(result);
  const auto& fleet = result->content.fleets[0];
  EXPECT_EQ(fleet.client, "aktualizr");
  EXPECT_EQ(fleet.provisioned_by, provisioning::shared_credentials);
  EXPECT_EQ(result->content.backend.like, likeness::here);
  EXPECT_EQ(fleet.uptane_key, uptane_key_type::rsa_2048);
  EXPECT_EQ(fleet.poll_every, 10s);
  EXPECT_TRUE(std::holds_alternative<start_at_once>(fleet.start));
}

TEST(scenario, comes_out_of_its_resolved_form_unchanged) {
  const auto first = parse(sample, "f.yaml");
  ASSERT_TRUE(first);
  const auto second = parse(first->resolved_yaml, "resolved");
  ASSERT_TRUE(second) << complaints(first->resolved_yaml);
  EXPECT_EQ(second->resolved_yaml, first->resolved_yaml);
  EXPECT_EQ(second->content.thresholds[1].expression, ">= 98%");
}

// -- what is told ---------------------------------------------------------------

TEST(scenario_problem, has_the_position_the_path_and_a_remedy) {
  expect_complaint(with("devices: 500", "devices: many"),
                   "f.yaml:9:14: fleets.pilot.devices: \"many\" is not a whole number");
}

TEST(scenario_problem, suggests_the_word_that_was_meant) {
  expect_complaint(with("hardware: gw-imx8", "hardwre: gw-imx8"), "f.yaml:10:5: fleets.pilot.hardwre: there is no key");
  expect_complaint(with("hardware: gw-imx8", "hardwre: gw-imx8"), "did you mean \"hardware\"?");
  expect_complaint(with("client: keep-alive", "client: keepalive"), "did you mean \"keep-alive\"?");
}

TEST(scenario_problem, comes_with_all_others_at_once) {
  const auto all = complaints(with("devices: 500", "devices: 0"), {"fleets.pilot.poll.every=soon", "seed=-1"});
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3) << all;
}

TEST(scenario_problem, of_a_reference_comes_with_those_of_a_form) {
  // A value out of bounds and, further down, a fleet that does not exist; in the order of the file.
  auto text = with("devices: 500", "devices: 0");
  text.replace(text.find("fleet: pilot"), 12, "fleet: pilat");
  const auto all = complaints(text);
  const auto bound = all.find("f.yaml:9:14: fleets.pilot.devices: 0 is not between");
  const auto reference = all.find("operations[1].assign.fleet: there is no fleet \"pilat\"");
  EXPECT_NE(bound, std::string::npos) << all;
  EXPECT_NE(reference, std::string::npos) << all;
  EXPECT_LT(bound, reference);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2) << all;
}

TEST(scenario_problem, is_not_told_twice) {
  // One missing account, but not every reference to accounts; one upload without a name, but not its assignment.
  EXPECT_EQ(complaints(with("  qa: {metadata_keys: rsa-2048}\n", "")),
            "f.yaml:4:1: accounts: must be a map from names to values\n");
  const auto all = complaints(with("upload: {image: fw-1, ", "upload: {"));
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1) << all;
}

TEST(scenario_problem, is_an_installation_time_that_no_distribution_has) {
  expect_complaint(with("{p50: 3s, p99: 20s}", "{p50: 3s}"), "fleets.pilot.install.takes: p99 must not be below p50");
  expect_complaint(with("{p50: 3s, p99: 20s}", "{p99: 20s}"), "fleets.pilot.install.takes: p50 must be above 0s");
}

TEST(scenario_problem, is_an_image_of_another_account_or_of_no_size) {
  const auto two_accounts = with("  qa: {metadata_keys: rsa-2048}\n", "  qa: {}\n  production: {}\n");
  auto text = two_accounts;
  text.replace(text.find("size: 2MiB, account: qa"), 23, "size: 0B, account: production");
  expect_complaint(text, "operations[1].assign.image: the image is in account \"production\", the fleet in \"qa\"");
  expect_complaint(text, "operations[0].upload.size: must be between 1B and 512MiB");
}

TEST(scenario_problem, is_an_image_that_is_uploaded_twice) {
  expect_complaint(
      with("  - when: 95%", "  - upload: {image: fw-1, size: 1B, account: qa, hardware: x}\n  - when: 95%"),
      "operations[1].upload.image: an image of that name is uploaded already");
}

TEST(scenario_problem, is_more_devices_than_a_run_can_have) {
  const auto text = with("operations:\n", "  other: {account: qa, devices: 999501, hardware: x}\noperations:\n");
  expect_complaint(text, "fleets: all fleets together have more than 1000000 devices");
  EXPECT_EQ(complaints(text, {"fleets.other.devices=999500"}), "");
}

TEST(scenario_problem, is_a_bound_without_the_quotes_that_yaml_wants) {
  expect_complaint(with("\">= 98%\"", ">= 98%"), "put a value that begins with > in quotes");
}

TEST(scenario_problem, is_a_value_without_its_unit) {
  expect_complaint(with("every: 30s, jitter", "every: 30, jitter"),
                   "fleets.pilot.poll.every: \"30\" is not a duration");
  expect_complaint(with("ramp: 1m30s", "rate: 50"), "is not a rate");
  expect_complaint(with("jitter: 20%", "jitter: 120%"), "at most 100%");
}

TEST(scenario_problem, is_a_number_out_of_bounds) {
  expect_complaint(with("devices: 500", "devices: 0"), "0 is not between 1 and 1000000");
  expect_complaint(with("devices: 500", "devices: 1000001"), "is not between");
  expect_complaint(with("devices: 500", "devices: -5"), "not a whole number");
}

TEST(scenario_problem, is_a_wave_that_does_not_grow_or_does_not_reach_everybody) {
  expect_complaint(with("[1%, 100%]", "[10%, 1%, 100%]"), "waves must grow");
  expect_complaint(with("[1%, 100%]", "[1%, 50%]"), "the last wave must be 100%");
  expect_complaint(with("[1%, 100%]", "[0%, 100%]"), "waves must grow");
  expect_complaint(with("[1%, 100%]", "[]"), "must hold at least one");
}

TEST(scenario_problem, is_a_name_that_refers_to_nothing) {
  expect_complaint(with("account: qa\n", "account: qs\n"), "there is no account \"qs\"; did you mean \"qa\"?");
  expect_complaint(with("fleet: pilot", "fleet: pilots"), "did you mean \"pilot\"?");
  expect_complaint(with("assign: {image: fw-1", "assign: {image: fw-2"), "no image \"fw-2\" was uploaded before");
}

TEST(scenario_problem, is_an_image_for_other_hardware) {
  expect_complaint(with("[gw-imx8, gw-imx9]", "gw-imx9"), "the image is for hardware gw-imx9, the fleet is gw-imx8");
}

TEST(scenario_problem, is_a_threshold_that_means_nothing) {
  expect_complaint(with("provisioning.response: p99", "provisioning.respnse: p99"),
                   "did you mean \"provisioning.response\"?");
  expect_complaint(with("p99 < 2s", "p98 < 2s"), "\"p98\" is no statistic");
  expect_complaint(with("p99 < 2s", "p99 < 2"), "is not a duration");
  expect_complaint(with("p99 < 2s", "p99"), "compares nothing");
  expect_complaint(with("\">= 98%\"", "\"p99 >= 98%\""), "takes no \"p99\"");
  expect_complaint(with("\">= 98%\"", "\">= 98s\""), "is not a share");
}

TEST(scenario_problem, is_a_key_that_stands_there_twice) {
  expect_complaint(sample + "seed: 8\n", "seed: this key is there twice");
}

TEST(scenario_problem, is_a_choice_that_was_not_made_or_made_twice) {
  expect_complaint(with("{ramp: 1m30s}", "{ramp: 1s, rate: 1/s}"), "needs exactly one of ramp and rate");
  expect_complaint(with("  - when: 95% provisioned\n", "  - when: 95% provisioned\n    at: 3s\n"),
                   "takes only one of at and when");
}

TEST(scenario_problem, tells_what_is_not_supported_from_what_is_misspelt) {
  expect_complaint(with("client: keep-alive", "hsm: atecc508a"), "\"hsm\" is not supported by this version");
  expect_complaint(with("client: keep-alive", "provisioning: device-credential"),
                   "did you mean \"device-credentials\"?");
}

TEST(scenario_problem, is_text_that_is_not_yaml_with_its_position) {
  expect_complaint("name: [\n", "f.yaml:2:1: this is not YAML");
  expect_complaint("", "the file is empty");
  expect_complaint("name: a\n---\nname: b\n", "several documents");
  expect_complaint("- a\n", "must be a map");
}

TEST(scenario_problem, is_a_bomb_of_aliases) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i != 9; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j != 10; ++j)
      bomb += (j == 0 ? "" : ",") + before;
    bomb += "]\n";
  }
  expect_complaint(bomb, "too large or too deep");
}

TEST(scenario_problem, names_a_file_that_is_missing_too_large_or_no_file) {
  EXPECT_NE(load("/nonexistent/x.yaml").error().at(0).text().find("/nonexistent/x.yaml: cannot be read"),
            std::string::npos);
  EXPECT_NE(load("/tmp").error().at(0).text().find("is a directory"), std::string::npos);
  const std::string large = testing::TempDir() + "large.yaml";
  std::ofstream{large} << "name: " << std::string(2'000'000, 'x');
  EXPECT_NE(load(large).error().at(0).text().find("larger than 1 MiB"), std::string::npos);
}

// -- overrides ------------------------------------------------------------------

TEST(scenario_override, replaces_a_value_and_leaves_its_neighbours) {
  const auto result = parse(sample, "f.yaml", {"fleets.pilot.devices=5000", "until.at_most=1h"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->content.fleets[0].devices, 5'000u);
  EXPECT_EQ(result->content.fleets[0].poll_every, 30s);
  EXPECT_EQ(result->content.end.at_most, 1h);
  EXPECT_EQ(result->content.end.all, until::goal::updated);
}

TEST(scenario_override, reaches_what_the_file_leaves_at_its_default) {
  const auto result = parse(sample, "f.yaml", {"generator.max_schedule_lag=5s", "thresholds={}"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->content.max_schedule_lag, 5s);
  EXPECT_TRUE(result->content.thresholds.empty());
}

TEST(scenario_override, is_named_in_its_problems) {
  expect_complaint(sample, "--set fleets.pilot.colour: fleets.pilot.colour: there is no key \"colour\"",
                   {"fleets.pilot.colour=red"});
  expect_complaint(sample, "write PATH=VALUE", {"fleets.pilot.devices"});
}

} // namespace
} // namespace otafleet::scenarios
