#include "cli/device_targets.hpp"

#include <gtest/gtest.h>

namespace otafleet::cli {
namespace {

TEST(device_targets, finds_the_host_of_a_url) {
  EXPECT_EQ(host_of("https://Gateway.Example:8443/api/v0"), "gateway.example");
  EXPECT_EQ(host_of("http://127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(host_of("https://[2001:db8::1]:8443/x"), "2001:db8::1");
}

TEST(device_targets, takes_only_this_machine_for_the_loopback) {
  EXPECT_TRUE(is_loopback("localhost"));
  EXPECT_TRUE(is_loopback("127.8.9.1"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("128.0.0.1"));
  EXPECT_FALSE(is_loopback("localhost.example"));
  EXPECT_FALSE(is_loopback("127.0.0.1.example"));
  EXPECT_FALSE(is_loopback("::2"));
}

TEST(device_targets, names_the_option_that_a_foreign_host_needs) {
  EXPECT_TRUE(check_targets({"http://127.0.0.1:1/a", "https://ota.example/b"}, {"ota.example"}));
  const auto refused = check_targets({"http://127.0.0.1:1/a", "https://OTA.example/b"}, {"ota.example.evil"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("--allow-target ota.example"), std::string::npos) << refused.error();
}

} // namespace
} // namespace otafleet::cli
