#include "server-stub/strict_manifest.hpp"

#include <gtest/gtest.h>

#include "server-stub/ecu_registration.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

/// A two-ECU vehicle and a manifest of it that passes, to be bent.
struct strict_case {
  test_vehicle vehicle = test_vehicle::make(pki::key_type::rsa_2048, "gw", 1);
  ecu_set registered = read_registration(vehicle.registration()).value();
  json part = vehicle.vehicle_part(true);
  std::vector<json> reports;

  strict_case() {
    for (std::size_t at = 0; at < 2; ++at) {
      reports.push_back(vehicle.report_of(at));
      reports.back()["report_counter"] = std::to_string(7 + at);
    }
  }

  [[nodiscard]] tl::expected<manifest_content, refusal> check() {
    for (std::size_t at = 0; at < reports.size(); ++at)
      part["ecu_version_manifests"][vehicle.ecus[at].serial] = vehicle.ecus.front().sign(reports[at]);
    return check_strict_manifest(vehicle.ecus.front().sign(part).dump(), registered);
  }

  [[nodiscard]] std::string_view code() {
    const auto checked = check();
    return checked ? std::string_view{} : checked.error().code;
  }
};

TEST(strict_manifest, reads_the_counter_of_every_ecu) {
  strict_case one;
  const auto content = one.check().value();
  EXPECT_EQ(content.counters, (std::vector<std::uint64_t>{7, 8}));
  EXPECT_EQ(content.reports.size(), 2u);
  EXPECT_FALSE(content.failed);
}

TEST(strict_manifest, says_no_more_than_one_sentence_to_the_device) {
  strict_case one;
  one.reports[0]["attacks_detected"] = "yes";
  const auto refused = one.check().error();
  EXPECT_EQ(refused.code, "manifest_attack_detected");
  EXPECT_EQ(refused.description, "unable to accept robot manifest");
  EXPECT_EQ(refused.status, 400u);
}

TEST(strict_manifest, knows_no_members_but_its_own) {
  strict_case custom;
  custom.part["custom"] = {{"any", "json"}};
  EXPECT_EQ(custom.code(), "manifest_schema");
  strict_case in_report;
  in_report.reports[1]["custom"] = nullptr;
  EXPECT_EQ(in_report.code(), "manifest_schema");
  strict_case in_image;
  in_image.reports[0]["installed_image"]["fileinfo"]["hashes"]["sha512"] = "x";
  EXPECT_EQ(in_image.code(), "manifest_schema");
  strict_case without_counter;
  without_counter.reports[1].erase("report_counter");
  EXPECT_EQ(without_counter.code(), "manifest_schema");
  strict_case misshapen;
  misshapen.part["installation_report"]["report"].erase("raw_report");
  EXPECT_EQ(misshapen.code(), "manifest_schema");
}

TEST(strict_manifest, lists_every_registered_ecu) {
  strict_case one;
  one.reports.pop_back();
  one.part["ecu_version_manifests"].erase(one.vehicle.ecus[1].serial);
  EXPECT_EQ(one.code(), "manifest_ecu_missing");
}

TEST(strict_manifest, is_signed_throughout_with_the_primarys_key_by_rsassa_pss) {
  strict_case own_key;
  static_cast<void>(own_key.code());
  own_key.part["ecu_version_manifests"][own_key.vehicle.ecus[1].serial] =
      own_key.vehicle.ecus[1].sign(own_key.reports[1]);
  EXPECT_EQ(
      check_strict_manifest(own_key.vehicle.ecus.front().sign(own_key.part).dump(), own_key.registered).error().code,
      "signature_not_valid");
  strict_case method;
  static_cast<void>(method.code());
  auto document = method.vehicle.ecus.front().sign(method.part);
  document["signatures"][0]["method"] = "rsassa-pss-sha256";
  EXPECT_EQ(check_strict_manifest(document.dump(), method.registered).error().code, "manifest_method");
  auto ed25519 = test_vehicle::make();
  EXPECT_FALSE(check_strict_manifest(ed25519.manifest(), read_registration(ed25519.registration()).value()));
}

TEST(strict_manifest, survives_what_is_no_manifest) {
  const strict_case one;
  for (
      const auto* wrong :
      {"", "{}", "[]", R"({"signatures":[],"signed":[]})", R"({"signatures":{},"signed":{}})",
       R"({"signatures":[],"signed":{"ecu_version_manifests":[],"primary_ecu_serial":""}})",
       R"({"signatures":[],"signed":{"ecu_version_manifests":{"primary-1":{"signatures":[],"signed":null}},"primary_ecu_serial":""}})"})
    EXPECT_EQ(check_strict_manifest(wrong, one.registered).error().status, 400u) << wrong;
}

} // namespace
} // namespace otafleet::stub
