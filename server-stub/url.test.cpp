#include "server-stub/url.hpp"

#include <gtest/gtest.h>

#include "server-stub/gateway_paths.hpp"
#include "server-stub/operator_paths.hpp"

namespace otafleet::stub {
namespace {

TEST(url, decodes_once) {
  EXPECT_EQ(percent_decoded("dir%20a/fw%2B1%20%C3%A9.bin"), "dir a/fw+1 \xc3\xa9.bin");
  EXPECT_EQ(percent_decoded("%2525"), "%25");
  EXPECT_EQ(percent_decoded("a+b"), "a+b") << "only a query's plus is a space";
  for (const auto* broken : {"%", "%4", "%zz", "a%", "%00"})
    EXPECT_FALSE(percent_decoded(broken)) << broken;
}

TEST(url, finds_query_values) {
  EXPECT_EQ(query_value("name=fw&hardwareIds=a%2Cb&x", "hardwareIds"), "a,b");
  EXPECT_EQ(query_value("name=my+fw", "name"), "my fw");
  EXPECT_EQ(query_value("x", "x"), "");
  EXPECT_FALSE(query_value("name=fw", "nam"));
  EXPECT_EQ(path_of("/a?b=c?d"), "/a");
  EXPECT_EQ(query_of("/a?b=c?d"), "b=c?d");
}

TEST(gateway_paths, know_versioned_roots) {
  EXPECT_EQ(gateway_path_of(verb::get, "/director/12.root.json").root_version, 12);
  EXPECT_EQ(gateway_path_of(verb::get, "/repo/1.root.json").which, endpoint::image_root);
  for (const auto* path : {"/director/0.root.json", "/director/01.root.json", "/director/-1.root.json",
                           "/director/99999999999.root.json", "/director/1.targets.json", "/director/.root.json"})
    EXPECT_EQ(gateway_path_of(verb::get, path).which, endpoint::unknown) << path;
}

TEST(gateway_paths, tell_a_wrong_verb_from_an_unknown_path) {
  EXPECT_FALSE(gateway_path_of(verb::post, "/director/manifest").is_allowed);
  EXPECT_EQ(gateway_path_of(verb::post, "/director/manifest").allow, "PUT");
  EXPECT_TRUE(gateway_path_of(verb::head, "/repo/targets/x").is_allowed);
  EXPECT_EQ(gateway_path_of(verb::get, "/repo/targets/").which, endpoint::unknown);
  EXPECT_EQ(gateway_path_of(verb::get, "/events/").which, endpoint::unknown);
}

TEST(operator_paths, offer_no_deletion) {
  EXPECT_EQ(operator_path_of(verb::erase, "/api/v1/devices/d").which, endpoint::deletion);
  EXPECT_EQ(operator_path_of(verb::erase, "/api/v1/user_repo/targets/f").which, endpoint::deletion);
  EXPECT_EQ(operator_path_of(verb::patch, "/api/v1/user_repo/targets/f").allow, "PUT, POST, GET, HEAD");
  EXPECT_FALSE(operator_path_of(verb::erase, "/otafleet/v1/audit").is_allowed);
  EXPECT_EQ(operator_path_of(verb::get, "/api/v1/nothing").which, endpoint::unknown);
}

} // namespace
} // namespace otafleet::stub
