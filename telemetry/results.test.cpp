#include "telemetry/results.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace otafleet::telemetry {
namespace {

[[nodiscard]] results sample_run() {
  results run;
  run.scenario_name = "quickstart";
  run.seed = 7;
  run.devices = {500, 498, 2};
  run.updates = {498, 497, 1};
  run.identity = {12'000, 0};
  run.measured.provisioning_response = {498, 0.1, 0.2, 4.0, 5.0, 6.0, 0.15};
  run.measured.provisioning_service = {498, 0.1, 0.2, 0.5, 0.6, 0.7, 0.12};
  run.measured.signature_checks = {4'000, 60e-6, 70e-6, 90e-6, 95e-6, 120e-6, 61e-6};
  run.measured.failures = {{"http-503", 12}, {"connect", 3}};
  run.thresholds = {{"provisioning.response", "p99 < 2s", 4.0, false},
                    {"update.duration", "p99 < 1h", std::numeric_limits<double>::quiet_NaN(), false}};
  return run;
}

TEST(summary_json, begins_as_the_documented_version_1) {
  const auto summary = nlohmann::json::parse(summary_json(sample_run()));
  EXPECT_EQ(summary["schema_version"], 1);
  EXPECT_EQ(summary["verdict"], "pass");
  EXPECT_EQ(summary["devices"], (nlohmann::json{{"total", 500}, {"provisioned", 498}, {"failed", 2}}));
  EXPECT_EQ(summary["updates"], (nlohmann::json{{"assigned", 498}, {"installed", 497}, {"failed", 1}}));
  EXPECT_EQ(summary["identity"], (nlohmann::json{{"requests_checked", 12'000}, {"mismatches", 0}}));
  EXPECT_DOUBLE_EQ(summary["provisioning"]["response_seconds"]["p99"], 4.0);
  EXPECT_EQ(summary["signature_checks"]["count"], 4'000);
  EXPECT_EQ(summary["failures"]["http-503"], 12);
}

TEST(summary_json, lists_every_attack_with_the_names_under_which_it_was_refused) {
  auto run = sample_run();
  run.attacks = {{"qa", "freeze", 312, 200, 0, 200, {{"ExpiredMetadata::targets", 200}}}};
  EXPECT_EQ(nlohmann::json::parse(summary_json(run))["attacks"],
            nlohmann::json::parse(R"([{"account":"qa","kind":"freeze","served":312,"devices":200,"accepted":0,
                                       "refused":200,"names":{"ExpiredMetadata::targets":200}}])"));
  EXPECT_EQ(nlohmann::json::parse(summary_json(sample_run()))["attacks"], nlohmann::json::array());
}

TEST(summary_json, writes_null_where_there_is_no_value) {
  const auto text = summary_json(sample_run());
  EXPECT_EQ(text.find("nan"), std::string::npos);
  const auto summary = nlohmann::json::parse(text);
  EXPECT_TRUE(summary["thresholds"][1]["value"].is_null());
  EXPECT_TRUE(summary["update_seconds"]["p99"].is_null());
}

TEST(summary_json, survives_words_that_are_not_utf_8) {
  auto run = sample_run();
  run.reasons = {"the server said \xff\xfe"};
  EXPECT_TRUE(nlohmann::json::accept(summary_json(run)));
}

TEST(summary_text, says_the_verdict_first_and_where_the_files_are_last) {
  auto run = sample_run();
  run.outcome = verdict::fail;
  run.exit_code = 3;
  const auto text = summary_text(run, "out/run", 100, false);
  EXPECT_EQ(text.find("\nFAIL  quickstart"), 0u);
  EXPECT_TRUE(text.ends_with("results in out/run\n"));
}

TEST(summary_text, warns_when_devices_waited_for_the_generator) {
  EXPECT_NE(summary_text(sample_run(), "out/run", 100, false).find("trust the response time"), std::string::npos);
}

TEST(summary_text, colours_only_when_asked) {
  EXPECT_EQ(summary_text(sample_run(), "out/run", 100, false).find('\033'), std::string::npos);
  EXPECT_NE(summary_text(sample_run(), "out/run", 100, true).find('\033'), std::string::npos);
}

TEST(summary_text, lists_failures_by_how_often_they_happened) {
  const auto text = summary_text(sample_run(), "out/run", 100, false);
  EXPECT_LT(text.find("http-503"), text.find("connect ."));
}

TEST(summary_text, marks_an_attack_that_a_device_accepted) {
  auto run = sample_run();
  run.attacks = {{"qa", "freeze", 312, 200, 1, 199, {{"ExpiredMetadata::targets", 198}, {"BadKeyId::targets", 1}}},
                 {"qa", "rollback", 0, 0, 0, 0, {}}};
  const auto text = summary_text(run, "out/run", 160, false);
  EXPECT_NE(text.find("freeze ................... accepted by 1, refused by 199 of 200: "
                      "ExpiredMetadata::targets 198, BadKeyId::targets 1 FAIL\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("rollback ................. never served\n"), std::string::npos) << text;
}

TEST(summary_text, says_when_max_rate_made_requests_wait) {
  auto run = sample_run();
  EXPECT_EQ(summary_text(run, "out/run", 100, false).find("max_rate"), std::string::npos);
  run.generator.held_back = 120;
  run.generator.longest_hold_seconds = 3.2;
  EXPECT_NE(summary_text(run, "out/run", 100, false).find("120 requests, the longest for 3.20 s"), std::string::npos);
}

TEST(summary_text, keeps_a_servers_words_from_moving_the_cursor) {
  auto run = sample_run();
  run.reasons = {"the server said \033[2J"};
  run.discrepancies = {{"device\r-1", "is unknown to the backend"}};
  run.discrepancy_count = 1;
  const auto text = summary_text(run, "out/run", 100, false);
  EXPECT_NE(text.find("the server said ?[2J"), std::string::npos);
  EXPECT_NE(text.find("device?-1 is unknown"), std::string::npos);
}

TEST(summary_text, keeps_to_the_width_and_never_cuts_a_verdict_off) {
  auto run = sample_run();
  run.reasons = {"a sentence that is a good deal longer than a narrow terminal is wide, as sentences are"};
  const auto text = summary_text(run, "out/run", 50, false);
  std::size_t verdicts = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    const auto line = text.substr(begin, end - begin);
    EXPECT_LE(line.size(), 50u) << line;
    verdicts += line.ends_with(" FAIL") ? 1 : 0;
    begin = end + 1;
  }
  EXPECT_EQ(verdicts, 2u);
}

TEST(summary_text, says_when_there_were_no_samples) {
  EXPECT_NE(summary_text(sample_run(), "out/run", 100, false).find("p99 < 1h   is no samples FAIL"), std::string::npos);
}

} // namespace
} // namespace otafleet::telemetry
