#include "server-stub/update_orders.hpp"

#include <gtest/gtest.h>

#include "server-stub/ecu_registration.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

device_record registered_device() {
  device_record device;
  device.ecus = std::make_shared<ecu_set>(read_registration(test_vehicle::make().registration()).value());
  device.installed.resize(1);
  return device;
}

const auto campaign = std::make_shared<const std::string>(campaign_id);

TEST(update_orders, read_an_update_by_hardware) {
  const auto update = read_update(update_body("gw", "fw-1", "content")).value();
  ASSERT_EQ(update.size(), 1u);
  EXPECT_EQ(update.at("gw").to->filepath, "fw-1");
  EXPECT_EQ(update.at("gw").to->length, 7u);
  EXPECT_EQ(update.at("gw").from, nullptr);
}

TEST(update_orders, refuse_incomplete_updates) {
  EXPECT_EQ(read_update("{}").error().code, "invalid_entity");
  EXPECT_EQ(read_update(R"({"targets":{}})").error().code, "invalid_entity");
  auto body = json::parse(update_body("gw", "fw-1", "content"));
  body["targets"]["gw"]["to"]["checksum"]["hash"] = "zz";
  EXPECT_EQ(read_update(body.dump()).error().code, "invalid_entity");
  body = json::parse(update_body("gw", "fw-1", "content"));
  body["targets"]["gw"]["to"].erase("targetLength");
  EXPECT_EQ(read_update(body.dump()).error().code, "invalid_entity");
  body = json::parse(update_body("gw", "fw-1", "content"));
  body["targets"]["gw"]["from"] = json::object();
  EXPECT_EQ(read_update(body.dump()).error().code, "invalid_entity");
}

TEST(update_orders, read_an_assignment) {
  const auto order = read_assignment(assignment_body("u", {"a", "b"}, true)).value();
  EXPECT_EQ(order.devices, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(order.update_id, "u");
  EXPECT_TRUE(order.dry_run);
}

TEST(update_orders, refuse_correlation_ids_that_no_server_takes) {
  auto body = json::parse(assignment_body("u", {"a"}));
  for (const auto* wrong : {"here-ota:campaigns:77db80b3-7397-4a6c-bb74-b08900493baf", "urn:here-ota:mtu:1",
                            "urn:here-ota:campaign:77db80b3-7397-4a6c-bb74-b08900493bag", ""}) {
    body["correlationId"] = wrong;
    EXPECT_EQ(read_assignment(body.dump()).error().code, "invalid_entity") << wrong;
  }
  body["correlationId"] = "urn:here-ota:auto-update:77DB80B3-7397-4a6c-bb74-b08900493baf";
  EXPECT_TRUE(read_assignment(body.dump()));
}

TEST(update_orders, affect_an_ecu_only_from_the_image_they_begin_with) {
  auto body = json::parse(update_body("gw", "fw-2", "new"));
  body["targets"]["gw"]["from"] = json::parse(update_body("gw", "fw-1", "old"))["targets"]["gw"]["to"];
  const auto update = read_update(body.dump()).value();
  auto device = registered_device();
  EXPECT_TRUE(affected_ecus(device, update, campaign).empty()) << "nothing is known of it";
  device.installed[0] = read_update(update_body("gw", "fw-1", "old")).value().at("gw").to;
  EXPECT_EQ(affected_ecus(device, update, campaign).size(), 1u);
  device.installed[0] = update.at("gw").to;
  EXPECT_TRUE(affected_ecus(device, update, campaign).empty());
}

TEST(update_orders, affect_no_device_without_ecus) {
  EXPECT_TRUE(affected_ecus(device_record{}, read_update(update_body("gw", "f", "c")).value(), campaign).empty());
}

} // namespace
} // namespace otafleet::stub
