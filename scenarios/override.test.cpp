#include "scenarios/override.hpp"

#include <string>
#include <variant>

#include <gtest/gtest.h>

namespace otafleet::scenarios {
namespace {

using namespace std::chrono_literals;

const std::string sample = R"(name: sample
backend: {stub: {}}
accounts: {qa: {}}
fleets:
  pilot: {account: qa, devices: 5, hardware: gw-imx8, start: {ramp: 60s}}
  v1.2: {account: qa, devices: 5, hardware: gw-imx8}
operations:
  - upload: {image: fw-1, size: 2MiB, account: qa, hardware: [gw-imx8, gw-imx9]}
  - when: 95% provisioned
    assign: {image: fw-1, fleet: pilot, waves: [1%, 100%]}
thresholds: {provisioning.response: p99 < 2s}
)";

[[nodiscard]] scenario overridden(const std::vector<std::string>& overrides) {
  const auto result = parse(sample, "f.yaml", overrides);
  if (!result) {
    ADD_FAILURE() << result.error().front().text();
    return {};
  }
  return result->content;
}

/// The first problem with the sample under one override.
[[nodiscard]] std::string complaint(const std::string& given) {
  const auto result = parse(sample, "f.yaml", {given});
  return result ? "" : result.error().front().text();
}

TEST(override_value, reaches_a_measure_whose_name_holds_points) {
  const auto read = overridden({"thresholds.provisioning.response=p90 < 3s", "thresholds.updates.success='>= 98%'"});
  ASSERT_EQ(read.thresholds.size(), 2u);
  EXPECT_EQ(read.thresholds[0].expression, "p90 < 3s");
  EXPECT_EQ(read.thresholds[1].name, "updates.success");
}

TEST(override_value, reaches_a_fleet_whose_name_holds_points) {
  EXPECT_EQ(overridden({"fleets.v1.2.devices=7"}).fleets.at(1).devices, 7u);
}

TEST(override_value, reaches_an_entry_of_a_list_in_both_spellings) {
  const auto read = overridden({"operations.0.upload.size=3MiB", "operations[1].assign.waves=[50%, 100%]"});
  EXPECT_EQ(std::get<upload>(read.operations.at(0).what).size_bytes, 3u * 1024 * 1024);
  EXPECT_EQ(std::get<assign>(read.operations.at(1).what).waves, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(std::get<upload>(overridden({"operations.0.upload.hardware.1=gw-imx7"}).operations.at(0).what).hardware[1],
            "gw-imx7");
}

TEST(override_value, makes_the_maps_on_the_way) {
  const auto read = overridden({"fleets.pilot.keys.uptane.type=ed25519", "until.at_most=1h"});
  EXPECT_EQ(read.fleets.at(0).uptane_key, uptane_key_type::ed25519);
  EXPECT_EQ(read.end.at_most, 1h);
}

TEST(override_value, takes_the_place_of_what_excludes_it) {
  EXPECT_DOUBLE_EQ(std::get<start_rate>(overridden({"fleets.pilot.start.rate=9/s"}).fleets.at(0).start).per_second, 9);
  EXPECT_TRUE(std::holds_alternative<start_at_once>(overridden({"fleets.pilot.start=at-once"}).fleets.at(0).start));
  EXPECT_EQ(std::get<at_time>(overridden({"operations.1.at=90s"}).operations.at(1).when).after_start, 90s);
}

TEST(override_value, does_not_make_a_fleet_of_a_misspelt_one) {
  EXPECT_EQ(complaint("fleets.pilto.devices=9"),
            "--set fleets.pilto.devices: fleets.pilto.devices: the scenario has no "
            "\"pilto\" here; did you mean \"pilot\"?; it has pilot and v1.2");
}

TEST(override_value, tells_a_word_that_is_not_known) {
  EXPECT_NE(complaint("fleets.pilot.device=9").find("--set fleets.pilot.device: fleets.pilot.device: there is no key"),
            std::string::npos);
  EXPECT_NE(complaint("fleets.pilot.keys.uptan.type=ed25519").find("did you mean \"uptane\"?"), std::string::npos);
  EXPECT_NE(complaint("sed=9").find("did you mean \"seed\"?"), std::string::npos);
  EXPECT_NE(complaint("thresholds.updates.succes===1").find("did you mean \"updates.success\"?"), std::string::npos);
}

TEST(override_value, tells_an_entry_that_is_not_there) {
  EXPECT_NE(complaint("operations.2.at=9s").find("\"2\" is none of the 2 entries of the list"), std::string::npos);
  EXPECT_NE(complaint("operations.first.at=9s").find("counted from 0"), std::string::npos);
}

TEST(override_value, tells_a_value_that_does_not_fit) {
  EXPECT_NE(complaint("fleets.pilot.devices=-1").find("\"-1\" is not a whole number"), std::string::npos);
  EXPECT_NE(complaint("fleets.pilot.devices.x=1").find("must be one value"), std::string::npos);
  EXPECT_NE(
      complaint("fleets.pilot.poll={every: [").find("--set fleets.pilot.poll: fleets.pilot.poll: this is not YAML"),
      std::string::npos);
}

TEST(override_value, tells_what_is_no_override) {
  for (const auto* given : {"seed", "=7", ".seed=7", "seed.=7", "fleets..devices=7"})
    EXPECT_NE(complaint(given).find("write PATH=VALUE"), std::string::npos) << given;
}

} // namespace
} // namespace otafleet::scenarios
