#include "server-stub/ecu_registration.hpp"

#include <gtest/gtest.h>

#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

std::string_view refused(const json& body) {
  const auto read = read_registration(body.dump());
  return read ? "accepted" : read.error().code;
}

TEST(ecu_registration, puts_the_primary_first_wherever_it_is_listed) {
  auto body = json::parse(test_vehicle::make(pki::key_type::rsa_2048, "gw", 1).registration());
  std::swap(body["ecus"][0], body["ecus"][1]);
  const auto set = read_registration(body.dump()).value();
  ASSERT_EQ(set.ecus.size(), 2u);
  EXPECT_EQ(set.ecus[0].serial, "primary-1");
  EXPECT_EQ(set.ecus[0].hardware_id, "gw");
  EXPECT_EQ(set.ecus[0].key.type(), pki::key_type::rsa_2048);
  EXPECT_EQ(set.ecus[1].serial, "secondary-1");
}

TEST(ecu_registration, refuses_what_is_wrong_by_its_code) {
  const auto good = json::parse(test_vehicle::make().registration());
  EXPECT_EQ(refused(good), "accepted");
  auto bad = good;
  bad["primary_ecu_serial"] = "other";
  EXPECT_EQ(refused(bad), "primary_is_not_listed_for_device");
  bad = good;
  bad["ecus"][0]["ecu_serial"] = std::string(65, 's');
  EXPECT_EQ(refused(bad), "invalid_entity");
  bad = good;
  bad["ecus"][0]["ecu_serial"] = "";
  EXPECT_EQ(refused(bad), "invalid_entity");
  bad = good;
  bad["ecus"][0]["hardware_identifier"] = std::string(201, 'h');
  EXPECT_EQ(refused(bad), "invalid_entity");
  bad = good;
  bad["ecus"].push_back(bad["ecus"][0]);
  EXPECT_EQ(refused(bad), "invalid_entity");
  bad = good;
  bad["ecus"] = json::array();
  EXPECT_EQ(refused(bad), "invalid_entity");
  bad = good;
  bad["ecus"][0]["clientKey"]["keytype"] = "unknown";
  EXPECT_EQ(refused(bad), "invalid_entity");
  bad["ecus"][0]["clientKey"]["keytype"] = "ed25519";
  EXPECT_EQ(refused(bad), "invalid_entity") << "the server's decoder is case sensitive";
  bad["ecus"][0]["clientKey"] = {{"keytype", "RSA"}, {"keyval", {{"public", "no PEM"}}}};
  EXPECT_EQ(refused(bad), "invalid_entity");
  EXPECT_EQ(read_registration("{").error().code, "invalid_entity");
}

TEST(ecu_registration, refuses_more_ecus_than_a_vehicle_has) {
  EXPECT_EQ(refused(json::parse(test_vehicle::make(pki::key_type::ed25519, "gw", 63).registration())), "accepted");
  EXPECT_EQ(refused(json::parse(test_vehicle::make(pki::key_type::ed25519, "gw", 64).registration())),
            "invalid_entity");
}

TEST(ecu_registration, refuses_a_device_that_keeps_changing_its_ecus) {
  auto vehicle = test_vehicle::make();
  auto present = read_registration(vehicle.registration()).value();
  for (int at = 0; at < 256; ++at) {
    vehicle.ecus[0].serial = "serial-" + std::to_string(at);
    present = replace_ecus(present, read_registration(vehicle.registration()).value()).value();
  }
  vehicle.ecus[0].serial = "one more";
  EXPECT_EQ(replace_ecus(present, read_registration(vehicle.registration()).value()).error().code,
            "ecu_replacement_disabled");
}

} // namespace
} // namespace otafleet::stub
