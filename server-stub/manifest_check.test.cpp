#include "server-stub/manifest_check.hpp"

#include <gtest/gtest.h>

#include "server-stub/ecu_registration.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

struct manifest_check : ::testing::Test {
  test_vehicle vehicle = test_vehicle::make(pki::key_type::ed25519, "gw", 1);
  ecu_set registered = read_registration(vehicle.registration()).value();

  std::string_view refused(const std::string& body) const {
    const auto checked = check_manifest(body, registered);
    return checked ? "accepted" : checked.error().code;
  }
  /// The vehicle's part, signed by the primary as it is.
  std::string signed_as(const json& vehicle_part) const { return vehicle.ecus.front().sign(vehicle_part).dump(); }
};

TEST_F(manifest_check, says_what_each_ecu_runs) {
  vehicle.install(1, "fw-2", "content");
  const auto content = check_manifest(vehicle.manifest(), registered).value();
  ASSERT_EQ(content.reports.size(), 2u);
  EXPECT_EQ(content.reports[0].image.filepath, "unknown");
  EXPECT_EQ(content.reports[1].ecu, 1u);
  EXPECT_EQ(content.reports[1].image.filepath, "fw-2");
  EXPECT_EQ(content.reports[1].image.length, 7u);
  EXPECT_EQ(content.report_counter, 1u);
  EXPECT_FALSE(content.failed);
}

TEST_F(manifest_check, reads_installation_reports) {
  EXPECT_TRUE(check_manifest(vehicle.manifest(false), registered).value().failed);
  const auto ok = check_manifest(vehicle.manifest(true), registered).value();
  EXPECT_FALSE(ok.failed);
  EXPECT_EQ(ok.correlation_id, "urn:here-ota:mtu:a1377415-f888-40fd-95e9-1ffcd9063707");
}

TEST_F(manifest_check, accepts_rsa_keys_and_their_two_method_names) {
  vehicle = test_vehicle::make(pki::key_type::rsa_2048);
  registered = read_registration(vehicle.registration()).value();
  EXPECT_EQ(refused(vehicle.manifest()), "accepted");
  auto renamed = json::parse(vehicle.manifest());
  renamed["signatures"][0]["method"] = "rsassa-pss-sha256";
  EXPECT_EQ(refused(renamed.dump()), "accepted");
}

TEST_F(manifest_check, does_not_mind_white_space_or_the_order_of_members) {
  EXPECT_EQ(refused(json::parse(vehicle.manifest()).dump(3)), "accepted");
}

TEST_F(manifest_check, verifies_text_beyond_ascii_in_the_devices_own_escaping) {
  vehicle.install(0, "fw \xc3\xa9 \xf0\x9f\x9a\x97", "content");
  EXPECT_EQ(refused(vehicle.manifest()), "accepted");
}

TEST_F(manifest_check, tolerates_a_missing_secondary) {
  auto part = vehicle.vehicle_part();
  part["ecu_version_manifests"].erase("secondary-1");
  EXPECT_EQ(refused(signed_as(part)), "accepted");
}

TEST_F(manifest_check, refuses_what_was_changed_after_signing) {
  auto outer = json::parse(vehicle.manifest());
  outer["signed"]["custom"] = 1;
  EXPECT_EQ(refused(outer.dump()), "signature_not_valid");

  auto part = vehicle.vehicle_part();
  part["ecu_version_manifests"]["secondary-1"]["signed"]["installed_image"]["filepath"] = "forged";
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid") << "the primary cannot speak for its secondary";
}

TEST_F(manifest_check, refuses_another_vehicles_keys) {
  auto other = test_vehicle::make(pki::key_type::ed25519, "gw", 1);
  EXPECT_EQ(refused(other.manifest()), "signature_not_valid");
}

TEST_F(manifest_check, refuses_a_report_under_another_ecus_name) {
  auto part = vehicle.vehicle_part();
  part["ecu_version_manifests"]["secondary-1"] = vehicle.ecus[1].sign(vehicle.report_of(0));
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid");
}

TEST_F(manifest_check, refuses_ecus_that_are_not_registered) {
  auto part = vehicle.vehicle_part();
  part["ecu_version_manifests"]["stranger"] = part["ecu_version_manifests"]["secondary-1"];
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid");
}

TEST_F(manifest_check, refuses_another_primary_than_the_registered_one) {
  auto part = vehicle.vehicle_part();
  part["primary_ecu_serial"] = "secondary-1";
  EXPECT_EQ(refused(signed_as(part)), "ecu_not_primary");
}

TEST_F(manifest_check, refuses_other_shapes) {
  EXPECT_EQ(refused("not json"), "invalid_entity");
  EXPECT_EQ(refused(std::string(100, '[')), "invalid_entity");
  EXPECT_EQ(refused("[]"), "signature_not_valid");
  EXPECT_EQ(refused("{}"), "signature_not_valid");
  auto part = vehicle.vehicle_part();
  part["ecu_version_manifests"] = json::array();
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid");
  part = vehicle.vehicle_part();
  part["installation_report"] = "fine";
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid");
  auto report = vehicle.report_of(0);
  report["report_counter"] = "-1";
  part = vehicle.vehicle_part();
  part["ecu_version_manifests"]["primary-1"] = vehicle.ecus[0].sign(report);
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid");
  report = vehicle.report_of(0);
  report["installed_image"]["fileinfo"]["hashes"]["sha256"] = "00";
  part["ecu_version_manifests"]["primary-1"] = vehicle.ecus[0].sign(report);
  EXPECT_EQ(refused(signed_as(part)), "signature_not_valid");
}

TEST_F(manifest_check, refuses_methods_of_another_key_type) {
  auto changed = json::parse(vehicle.manifest());
  changed["signatures"][0]["method"] = "rsassa-pss";
  EXPECT_EQ(refused(changed.dump()), "signature_not_valid");
}

} // namespace
} // namespace otafleet::stub
