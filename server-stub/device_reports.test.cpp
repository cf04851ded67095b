#include "server-stub/device_reports.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {
namespace {

std::string_view judged(info_kind kind, std::string_view body, std::string_view type = "application/json") {
  const auto objection = objection_to_report(kind, type, body);
  return objection ? objection->code : "fine";
}

TEST(device_reports, are_checked_by_kind) {
  EXPECT_EQ(judged(info_kind::hardware, R"({"id":"vm"})"), "fine");
  EXPECT_EQ(judged(info_kind::hardware, "[]"), "invalid_entity");
  EXPECT_EQ(judged(info_kind::network, R"({"hostname":"","local_ipv4":"","mac":""})"), "fine");
  EXPECT_EQ(judged(info_kind::network, R"({"hostname":"","mac":""})"), "invalid_entity");
  EXPECT_EQ(judged(info_kind::packages, R"([{"name":"n","version":"1"}])"), "fine");
  EXPECT_EQ(judged(info_kind::packages, R"([{"name":"n"}])"), "invalid_entity");
  EXPECT_EQ(judged(info_kind::config, "[p]\n", "application/toml; charset=utf-8"), "fine");
  EXPECT_EQ(judged(info_kind::config, "[p]\n"), "malformed_input");
  EXPECT_EQ(judged(info_kind::config, "", "application/toml"), "malformed_input");
  EXPECT_EQ(judged(info_kind::hardware, "{"), "invalid_entity");
}

TEST(json_input, refuses_what_is_nested_too_deep_or_no_utf8) {
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_TRUE(parse_json(R"(["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["])")) << "in a string it is no nesting";
  EXPECT_FALSE(parse_json("\"\xff\""));
  EXPECT_FALSE(parse_json("{} {}"));
  EXPECT_FALSE(parse_json(""));
}

TEST(statistics, show_what_was_counted_in_prometheus_form) {
  statistics counts;
  counts.count_request(endpoint::manifest, 200);
  counts.count_request(endpoint::manifest, 418);
  counts.count_request(static_cast<endpoint>(255), 400);
  counts.count_manifest({});
  counts.count_manifest("signature_not_valid");
  counts.requests_checked = 5;
  counts.mismatches = 2;
  const auto text = counts.prometheus_text();
  for (const auto* line : {"otafleet_stub_requests_total{endpoint=\"manifest\",code=\"200\"} 1\n",
                           "otafleet_stub_requests_total{endpoint=\"manifest\",code=\"other\"} 1\n",
                           "otafleet_stub_requests_total{endpoint=\"unknown\",code=\"400\"} 1\n",
                           "otafleet_stub_identity_checks_total{result=\"ok\"} 3\n",
                           "otafleet_stub_identity_checks_total{result=\"mismatch\"} 2\n",
                           "otafleet_stub_manifests_total{result=\"accepted\"} 1\n",
                           "otafleet_stub_manifests_total{result=\"signature_not_valid\"} 1\n",
                           "# TYPE otafleet_stub_certificates_issued_total counter\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_EQ(counts.requests(), 3u);
  EXPECT_EQ(counts.manifests_refused(), 1u);
}

} // namespace
} // namespace otafleet::stub
