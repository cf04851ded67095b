#include "uptane/manifest.hpp"

#include <gtest/gtest.h>

#include "uptane/canonical.hpp"

namespace otafleet::uptane {
namespace {

constexpr auto nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Bodies are compared with wire-trace.md, where a real aktualizr sent them.

TEST(registration_body, is_what_a_real_client_with_an_ed25519_key_sent) {
  EXPECT_EQ(registration_body({{"75e1c7907a0c395094d33370887d16ec7c8ad29776d78ec5e291fcc93e57fb73", "demo-hw",
                                "ED25519", "A9E479A14E6ADA9162ABDDF66D3D611A784051AE804E60165538D29B7FD0498A"}}),
            R"({"ecus":[{"clientKey":{"keytype":"ED25519","keyval":{"public":)"
            R"("A9E479A14E6ADA9162ABDDF66D3D611A784051AE804E60165538D29B7FD0498A"}},"ecu_serial":)"
            R"("75e1c7907a0c395094d33370887d16ec7c8ad29776d78ec5e291fcc93e57fb73","hardware_identifier":"demo-hw"}],)"
            R"("primary_ecu_serial":"75e1c7907a0c395094d33370887d16ec7c8ad29776d78ec5e291fcc93e57fb73"})");
}

TEST(registration_body, is_as_long_as_the_recorded_one_for_an_rsa_key) {
  // wire-trace.md A, request 2: 723 bytes. The trace shows another hardware id than the client had: its Director
  // targets, too, are two bytes shorter than what is shown, so the real one had five letters.
  std::string pem = "-----BEGIN PUBLIC KEY-----\n";
  for (int line = 0; line < 6; ++line)
    pem += std::string(64, 'A') + '\n';
  pem += std::string(8, 'A') + "\n-----END PUBLIC KEY-----\n";
  ASSERT_EQ(pem.size(), 451U);
  EXPECT_EQ(registration_body({{std::string(64, 'f'), "hw-01", "RSA", pem}}).size(), 723U);
}

TEST(registration_body, keeps_the_order_of_ecus_and_names_the_first_as_primary) {
  EXPECT_EQ(
      registration_body({{"z", "h", "RSA", "p"}, {"a", "h", "RSA", "q"}}),
      R"({"ecus":[{"clientKey":{"keytype":"RSA","keyval":{"public":"p"}},"ecu_serial":"z","hardware_identifier":"h"},)"
      R"({"clientKey":{"keytype":"RSA","keyval":{"public":"q"}},"ecu_serial":"a","hardware_identifier":"h"}],)"
      R"("primary_ecu_serial":"z"})");
}

TEST(ecu_report, of_an_untouched_primary_counts_and_knows_no_image) {
  auto report = untouched_ecu("p1");
  report.report_counter = 1;
  EXPECT_EQ(signed_part(report),
            R"({"attacks_detected":"","ecu_serial":"p1","installed_image":{"fileinfo":{"hashes":{"sha256":")" +
                std::string{nothing} +
                R"("},"length":0},"filepath":"unknown"},"previous_timeserver_time":"1970-01-01T00:00:00Z",)"
                R"("report_counter":"1","timeserver_time":"1970-01-01T00:00:00Z"})");
}

TEST(ecu_report, of_a_secondary_has_no_counter) {
  EXPECT_EQ(signed_part(ecu_report{"s", "noimage", nothing, 0, std::nullopt, "rollback"}),
            R"({"attacks_detected":"rollback","ecu_serial":"s","installed_image":{"fileinfo":{"hashes":{"sha256":")" +
                std::string{nothing} +
                R"("},"length":0},"filepath":"noimage"},"previous_timeserver_time":"1970-01-01T00:00:00Z",)"
                R"("timeserver_time":"1970-01-01T00:00:00Z"})");
}

TEST(manifest, wraps_a_signed_text_without_touching_it) {
  EXPECT_EQ(with_signature(R"({"a":1})", "id", "rsassa-pss", as_bytes("ab")),
            R"({"signatures":[{"keyid":"id","method":"rsassa-pss","sig":"YWI="}],"signed":{"a":1}})");
}

TEST(manifest, holds_reports_sorted_by_ecu) {
  EXPECT_EQ(signed_part("z", {{"z", "1"}, {"a", "2"}}, std::nullopt),
            R"({"ecu_version_manifests":{"a":2,"z":1},"primary_ecu_serial":"z"})");
}

TEST(manifest, of_a_fresh_device_is_as_long_as_the_recorded_one) {
  // wire-trace.md A, request 7: 1506 bytes with RSA-2048, whose signatures take 344 characters of base64.
  const std::string serial(64, '9');
  auto report = untouched_ecu(serial);
  report.report_counter = 1;
  const bytes signature(256);
  const auto inner = with_signature(signed_part(report), serial, "rsassa-pss", signature);
  const auto body =
      with_signature(signed_part(serial, {{serial, inner}}, std::nullopt), serial, "rsassa-pss", signature);
  EXPECT_EQ(body.size(), 1506U);
  EXPECT_EQ(canonical_json(body).value(), body);
}

TEST(manifest, after_an_update_is_as_long_as_the_recorded_one) {
  // wire-trace.md A, request 27: 2000 bytes.
  const std::string serial(64, '9');
  const ecu_report report{serial, "fw-1.0.bin", std::string(64, '6'), 200000, 4, ""};
  const installation_report installed{"urn:here-ota:campaign:c0ffee00-0000-4000-8000-000000000001",
                                      {{serial, {true, "OK", "Installing package was successful"}}},
                                      "Installation succesful",
                                      {true, "OK", "Device has been successfully installed"}};
  const bytes signature(256);
  const auto inner = with_signature(signed_part(report), serial, "rsassa-pss", signature);
  const auto body = with_signature(signed_part(serial, {{serial, inner}}, installed), serial, "rsassa-pss", signature);
  EXPECT_EQ(body.size(), 2000U);
  EXPECT_EQ(canonical_json(body).value(), body);
}

TEST(manifest, reports_a_failed_download_with_an_empty_list) {
  EXPECT_EQ(
      signed_part("p", {}, installation_report{"urn:x", {}, "", {false, "DOWNLOAD_FAILED", "Target download failed."}}),
      R"({"ecu_version_manifests":{},"installation_report":{"content_type":)"
      R"("application/vnd.com.here.otac.installationReport.v1","report":{"correlation_id":"urn:x","items":[],)"
      R"("raw_report":"","result":{"code":"DOWNLOAD_FAILED","description":"Target download failed.",)"
      R"("success":false}}},"primary_ecu_serial":"p"})");
}

TEST(manifest, stays_canonical_whatever_names_it_holds) {
  auto report = untouched_ecu("\"quoted\"\n");
  report.filepath = "dir a/fw+1 é.bin";
  const auto text = signed_part(report);
  EXPECT_EQ(canonical_json(text).value(), text);
  EXPECT_NE(text.find(R"(fw+1 \u00e9.bin)"), std::string::npos);
}

} // namespace
} // namespace otafleet::uptane
