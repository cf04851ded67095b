#include "server-stub/unmanaged_target.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server-stub/running_stub.test.hpp"

namespace otafleet::stub {
namespace {

using nlohmann::json;

json complete() {
  return {{"uri", "https://files.example/fw"},
          {"checksum", {{"method", "sha256"}, {"hash", std::string(64, 'A')}}},
          {"length", 123},
          {"name", "fw"},
          {"version", "1"},
          {"hardwareIds", json::array({"gw"})}};
}

TEST(unmanaged_target, is_read_with_its_hash_in_lower_case) {
  const auto read = read_unmanaged_target("f", complete().dump()).value();
  EXPECT_EQ(read.content.sha256, std::string(64, 'a'));
  EXPECT_EQ(read.content.length, 123u);
  EXPECT_EQ(read.content.uri, "https://files.example/fw");
  EXPECT_EQ(read.details.hardware_ids, std::vector<std::string>{"gw"});
  EXPECT_EQ(read.details.format, "BINARY");
}

TEST(unmanaged_target, is_complete_and_of_the_right_types) {
  const auto refused = [](const char* pointer, json value) {
    auto body = complete();
    body[json::json_pointer{pointer}] = std::move(value);
    return !read_unmanaged_target("f", body.dump());
  };
  EXPECT_TRUE(refused("/checksum/method", "md5"));
  EXPECT_TRUE(refused("/checksum/hash", "abc"));
  EXPECT_TRUE(refused("/length", -1));
  EXPECT_TRUE(refused("/length", 1ull << 60));
  EXPECT_TRUE(refused("/uri", "file:///etc/passwd"));
  EXPECT_TRUE(refused("/uri", "https://x y"));
  EXPECT_TRUE(refused("/uri", 1));
  EXPECT_FALSE(refused("/uri", nullptr));
  EXPECT_FALSE(read_unmanaged_target("f", "{"));
}

TEST(unmanaged_target, redirects_whoever_asks_for_its_file) {
  testing::running_stub backend;
  ASSERT_EQ(backend.operate("POST", "/api/v1/user_repo/targets/fw", complete().dump())->status, 200);
  auto device = backend.connect(backend.provision("dev-1"));
  const auto there = device.request("GET", "/repo/targets/fw");
  EXPECT_EQ(there->status, 302);
  EXPECT_EQ(there->headers.at("location"), "https://files.example/fw");
  const auto listed = json::parse(device.request("GET", "/repo/targets.json")->body)["signed"]["targets"]["fw"];
  EXPECT_EQ(listed["custom"]["uri"], "https://files.example/fw");
  auto nameless = complete();
  nameless.erase("name");
  EXPECT_EQ(backend.operate("POST", "/api/v1/user_repo/targets/fw2", nameless.dump())->status, 400);
}

} // namespace
} // namespace otafleet::stub
