#include "actors/fleet_settings.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

[[nodiscard]] scenarios::fleet vans() {
  scenarios::fleet fleet;
  fleet.name = "vans";
  fleet.hardware = "gw";
  return fleet;
}

TEST(fleet_settings, name_devices_after_their_fleet) {
  const auto settings = settings_for(vans(), {.gateway_url = "https://h"});
  EXPECT_EQ(settings.gateway_url, "https://h");
  EXPECT_EQ(settings.device_id_prefix, "vans");
  EXPECT_EQ(settings.provisioning, device::provisioning_mode::shared_credentials);
  EXPECT_EQ(settings.profile.name, "aktualizr");
}

TEST(fleet_settings, leave_names_to_the_device_where_the_backend_may_know_some_already) {
  const auto made_up = settings_for(vans(), {.names = device_naming::made_up});
  EXPECT_EQ(made_up.device_id_prefix, "");
  EXPECT_FALSE(made_up.uuid_device_id);
  const auto uuids = settings_for(vans(), {.names = device_naming::uuids});
  EXPECT_EQ(uuids.device_id_prefix, "");
  EXPECT_TRUE(uuids.uuid_device_id);
}

TEST(fleet_settings, take_the_name_of_a_device_that_was_made_elsewhere) {
  const auto factory =
      device_mint{pki::certificate_authority::create("ca", pki::certificate_use::client).value(), {}}.make("van-7");
  auto fleet = vans();
  fleet.provisioned_by = scenarios::provisioning::device_credentials;
  const auto settings = settings_for(fleet, {.mint = std::make_shared<const device_mint>(factory.value())});
  EXPECT_EQ(settings.device_id, "van-7");
  EXPECT_EQ(settings.provisioning, device::provisioning_mode::device_credentials);
}

TEST(fleet_settings, follow_the_client_profile) {
  auto fleet = vans();
  EXPECT_EQ(policy_for(fleet), net::connection_policy::fresh);
  fleet.client = "keep-alive";
  EXPECT_EQ(policy_for(fleet), net::connection_policy::keep_alive);
  fleet.client = "strict";
  EXPECT_TRUE(settings_for(fleet, {}).profile.verification.director_timestamp_and_snapshot);
}

TEST(fleet_settings, keep_no_image_of_which_nobody_would_read_a_byte) {
  EXPECT_FALSE(settings_for(vans(), {}).keeps_images);
}

TEST(fleet_settings, give_each_secondary_its_own_key_and_luck) {
  auto fleet = vans();
  fleet.install_fails = 0.01;
  fleet.secondaries = {{"lamp", scenarios::uptane_key_type::ed25519, 0.05}};
  const auto settings = settings_for(fleet, {});
  EXPECT_DOUBLE_EQ(settings.primary.install_fails, 0.01);
  ASSERT_EQ(settings.secondaries.size(), 1u);
  EXPECT_EQ(settings.secondaries[0].hardware_id, "lamp");
  EXPECT_EQ(settings.secondaries[0].uptane_key, pki::key_type::ed25519);
  EXPECT_DOUBLE_EQ(settings.secondaries[0].install_fails, 0.05);
}

} // namespace
} // namespace otafleet::actors
