// Words that two rooms know, because neither may use the other: what a threshold may be about, client profiles,
// attacks.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/profile.hpp"
#include "scenarios/bound.hpp"
#include "scenarios/load.hpp"
#include "scenarios/suggestion.hpp"
#include "server-stub/attack.hpp"
#include "telemetry/thresholds.hpp"

namespace otafleet {
namespace {

TEST(measures, are_the_same_in_scenarios_and_in_telemetry) {
  std::string names;
  for (const auto& one : telemetry::known_measures())
    names.append(names.empty() ? "" : ", ").append(one.name);
  EXPECT_EQ(scenarios::known_measure_names(), names);
}

TEST(measures, are_counted_in_the_same_unit) {
  using unit = telemetry::measure_unit;
  for (const auto& one : telemetry::known_measures()) {
    EXPECT_EQ(scenarios::read_threshold(one.name, "p99 < 1s").has_value(), one.unit == unit::time) << one.name;
    EXPECT_EQ(scenarios::read_threshold(one.name, "< 50%").has_value(), one.unit == unit::share) << one.name;
    EXPECT_EQ(scenarios::read_threshold(one.name, "> 5/min").has_value(), one.unit == unit::per_second) << one.name;
    EXPECT_EQ(scenarios::read_threshold(one.name, "== 12").has_value(), one.unit == unit::number) << one.name;
  }
}

/// What the loader says to a scenario with `part` in its only fleet and `more` behind it; empty when it takes it.
[[nodiscard]] std::string complaint_about(const std::string& part, const std::string& more = "") {
  const auto read = scenarios::parse("name: s\nbackend: {stub: {}}\naccounts: {a: }\n"
                                     "fleets: {f: {account: a, devices: 1, hardware: h" +
                                         part + "}}\n" + more,
                                     "f");
  return read ? "" : read.error().front().message;
}

TEST(client_profiles, are_the_same_in_scenarios_and_devices) {
  std::vector<std::string> names;
  for (const auto& one : device::profiles::all) {
    EXPECT_EQ(complaint_about(", client: " + std::string{one.name}), "");
    names.emplace_back(one.name);
  }
  EXPECT_NE(complaint_about(", client: x").find("write " + scenarios::listed(names)), std::string::npos);
}

TEST(attacks, are_the_same_in_scenarios_and_the_backend) {
  for (std::size_t i = 0; i != stub::attack_kinds; ++i) {
    const std::string name{stub::to_string(static_cast<stub::attack_kind>(i))};
    EXPECT_EQ(complaint_about("", "faults: [{for: 1s, attack: " + name + "}]\n"), "") << name;
    EXPECT_TRUE(stub::attack_kind_from(name)) << name;
  }
}

} // namespace
} // namespace otafleet
