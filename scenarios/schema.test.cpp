#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <yaml-cpp/yaml.h>

#include "scenarios/load.hpp"

namespace otafleet::scenarios {
namespace {

/// YAML as an editor's schema checker sees it.
[[nodiscard]] nlohmann::json to_json(const YAML::Node& from) {
  if (from.IsSequence()) {
    auto list = nlohmann::json::array();
    for (const auto& item : from)
      list.push_back(to_json(item));
    return list;
  }
  if (from.IsMap()) {
    auto map = nlohmann::json::object();
    for (const auto& pair : from)
      map[pair.first.Scalar()] = to_json(pair.second);
    return map;
  }
  if (!from.IsScalar())
    return nullptr;
  if (from.Tag() != "!") { // not quoted
    const auto& text = from.Scalar();
    if (text == "true" || text == "false")
      return text == "true";
    if (nlohmann::json::accept(text) && nlohmann::json::parse(text).is_number())
      return nlohmann::json::parse(text);
  }
  return from.Scalar();
}

/// What the schema has against a document, a line each; empty when nothing.
[[nodiscard]] std::string schema_objections(const std::string& yaml) {
  valijson::Schema schema;
  valijson::SchemaParser parser;
  const auto published = nlohmann::json::parse(json_schema());
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{published}, schema);
  const auto document = to_json(YAML::Load(yaml));
  valijson::Validator validator;
  valijson::ValidationResults found;
  std::string all;
  if (!validator.validate(schema, valijson::adapters::NlohmannJsonAdapter{document}, &found)) {
    for (valijson::ValidationResults::Error error; found.popError(error);) {
      for (const auto& step : error.context)
        all += step;
      all += ": " + error.description + "\n";
    }
  }
  return all;
}

const std::string good = R"(name: s
backend: {stub: {latency: 20ms}}
accounts: {a: {metadata_keys: ed25519}}
fleets: {f: {account: a, devices: 5, hardware: h, start: {rate: 5/s}, poll: {every: 1s, jitter: 20%}}}
operations:
  - upload: {image: i, size: 512, account: a, hardware: h}
  - {when: 50% provisioned, assign: {image: i, fleet: f, waves: [0.5, 100%]}}
thresholds: {provisioning.response: p99 < 2s, updates.success: ">= 98%"}
)";

TEST(json_schema, accepts_what_the_loader_accepts) {
  EXPECT_TRUE(parse(good, "f"));
  EXPECT_EQ(schema_objections(good), "");
}

TEST(json_schema, accepts_names_of_digits_and_keys_with_nothing_behind_them_as_the_loader_does) {
  const std::string text = "name: 2024\nbackend: {stub: }\naccounts: {a: }\nuntil:\n"
                           "fleets: {f: {account: a, devices: 1, hardware: 8, poll: , install: {takes: }}}\n";
  EXPECT_TRUE(parse(text, "f"));
  EXPECT_EQ(schema_objections(text), "");
}

TEST(json_schema, accepts_a_live_backend_and_faults_as_the_loader_does) {
  const std::string text = R"(name: s
backend: {live: {max_rate: 5/s, accounts: {a: {like: ota-ce, gateway: "https://h:1/b", import: dir}}}}
accounts: {a: }
fleets: {f: {account: a, devices: 1, hardware: h, provisioning: device-credentials, secondaries: [{hardware: x}]}}
)";
  EXPECT_TRUE(parse(text, "f"));
  EXPECT_EQ(schema_objections(text), "");
  const std::string attacked = good + R"(faults: [{when: 100% provisioned, for: until-refused, attack: rollback},
  {from: 1s, for: 20s, account: a, attack: freeze}]
)";
  EXPECT_TRUE(parse(attacked, "f"));
  EXPECT_EQ(schema_objections(attacked), "");
  for (const auto* bad : {"faults: [{for: ever, attack: rollback}]\n", "faults: [{for: 1s, attack: theft}]\n",
                          "faults: [{for: 1s, attack: freeze, from: 1s, when: faults over}]\n"}) {
    EXPECT_FALSE(parse(good + bad, "f")) << bad;
    EXPECT_NE(schema_objections(good + bad), "") << bad;
  }
}

TEST(json_schema, accepts_every_scenario_of_the_library) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator{OTAFLEET_SOURCE_DIR "/scenarios"}) {
    if (entry.path().extension() != ".yaml")
      continue;
    ++seen;
    const auto loaded = load(entry.path());
    EXPECT_TRUE(loaded) << entry.path();
    EXPECT_EQ(schema_objections(YAML::Dump(YAML::LoadFile(entry.path().string()))), "") << entry.path();
    EXPECT_EQ(schema_objections(loaded->resolved_yaml), "") << loaded->resolved_yaml;
  }
  EXPECT_GE(seen, 1);
}

TEST(json_schema, refuses_what_the_loader_refuses) {
  const auto replaced = [](const std::string& part, const std::string& other) {
    auto text = good;
    return text.replace(text.find(part), part.size(), other);
  };
  for (const auto& bad :
       {replaced("devices: 5", "devices: 0"), replaced("devices: 5", "devices: many"), replaced("hardware: h,", ""),
        replaced("every: 1s", "every: 1"), replaced("rate: 5/s", "rate: 5"),
        replaced("rate: 5/s", "rate: 5/s, ramp: 1s"), replaced("ed25519", "dsa"), replaced("name: s", "nam: s"),
        replaced("p99 < 2s", "fast"), replaced("jitter: 20%", "jitter: .5%"), replaced("devices: 5", "devices: "),
        replaced("start: {rate: 5/s}", "start: "), replaced("backend: {stub: {latency: 20ms}}", "backend: "),
        replaced("50% provisioned", "half"), replaced("upload: {image: i, size: 512, account: a, hardware: h}", "{}"),
        replaced("accounts: {a: {metadata_keys: ed25519}}", "accounts: {}")}) {
    EXPECT_FALSE(parse(bad, "f")) << bad;
    EXPECT_NE(schema_objections(bad), "") << bad;
  }
}

TEST(json_schema, explains_every_word) {
  const auto published = nlohmann::json::parse(json_schema());
  for (const auto& [name, property] : published.at("properties").items())
    EXPECT_TRUE(property.contains("description")) << name;
}

} // namespace
} // namespace otafleet::scenarios
