#include "pki/treehub_json.hpp"

#include <gtest/gtest.h>

namespace otafleet::pki {
namespace {

std::string why(std::string_view json) {
  const auto access = read_treehub_json(json);
  return access ? "accepted" : access.error();
}

// The three shapes of protocol.md section 1.1.

TEST(treehub_json, of_the_community_edition_needs_no_login) {
  const auto access = read_treehub_json(R"({"no_auth": true, "ostree": {"server": "http://treehub.ota.ce/api/v3/"}})");
  EXPECT_EQ(access, (treehub_access{"http://treehub.ota.ce/api/v3/", treehub_no_auth{}}));
}

TEST(treehub_json, of_the_hosted_service_logs_in_with_oauth_2) {
  const auto access = read_treehub_json(
      R"({"oauth2": {"server": "https://auth.example/oauth2/token", "client_id": "id", "client_secret": "s",
                     "scope": "ns/x"},
          "ostree": {"server": "https://treehub.example/api/v3"}})");
  EXPECT_EQ(access, (treehub_access{"https://treehub.example/api/v3",
                                    treehub_oauth2{"https://auth.example/oauth2/token", "id", "s", "ns/x"}}));
}

TEST(treehub_json, may_log_in_with_a_password) {
  const auto access = read_treehub_json(
      R"({"basic_auth": {"user": "u", "password": "p"}, "ostree": {"server": "https://treehub.example/api/v3"}})");
  EXPECT_EQ(access, (treehub_access{"https://treehub.example/api/v3", treehub_basic_auth{"u", "p"}}));
}

TEST(treehub_json, without_any_login_needs_none_and_oauth_2_goes_first) {
  EXPECT_EQ(read_treehub_json(R"({"ostree": {"server": "https://t"}})").value().login,
            treehub_login{treehub_no_auth{}});
  const auto all = read_treehub_json(
      R"({"no_auth": true, "basic_auth": {"user": "u", "password": "p"},
          "oauth2": {"server": "https://a", "client_id": "i", "client_secret": "s"}, "ostree": {"server": "https://t"}})");
  EXPECT_EQ(all.value().login, (treehub_login{treehub_oauth2{"https://a", "i", "s", ""}}));
}

TEST(treehub_json, written_is_read_again) {
  for (const treehub_login& login :
       {treehub_login{treehub_no_auth{}}, treehub_login{treehub_oauth2{"https://a/token", "i", "s\"\\\xc3\xa4", "x/y"}},
        treehub_login{treehub_oauth2{"https://a", "i", "s", ""}}, treehub_login{treehub_basic_auth{"u", "p"}}}) {
    const treehub_access access{"https://treehub.example", login};
    EXPECT_EQ(read_treehub_json(write_treehub_json(access)), access);
  }
  EXPECT_EQ(write_treehub_json({"https://t", treehub_no_auth{}}),
            R"({"no_auth":true,"ostree":{"server":"https://t"}})");
}

TEST(treehub_json, names_the_member_that_is_wrong) {
  EXPECT_EQ(why("[]"), "must be a JSON object");
  EXPECT_EQ(why("{\"ostree\":"), "must be a JSON object");
  EXPECT_EQ(why("{}"), "ostree must be an object with the treehub's URL as server");
  EXPECT_EQ(why(R"({"ostree": {}})"), "ostree.server must be a text that is not empty");
  EXPECT_EQ(why(R"({"ostree": {"server": "treehub"}})"), "ostree.server must begin with https:// or http://");
  const std::string_view end = R"(, "ostree": {"server": "https://t"}})";
  EXPECT_EQ(why(R"({"no_auth": "yes")" + std::string{end}), "no_auth must be true or false");
  EXPECT_EQ(why(R"({"oauth2": true)" + std::string{end}), "oauth2 must be an object");
  EXPECT_EQ(why(R"({"oauth2": {"server": "https://a", "client_secret": "s"})" + std::string{end}),
            "oauth2.client_id must be a text that is not empty");
  EXPECT_EQ(why(R"({"oauth2": {"server": "https://a", "client_id": "i", "client_secret": 7})" + std::string{end}),
            "oauth2.client_secret must be a text that is not empty");
  EXPECT_EQ(why(R"({"basic_auth": {"user": "u"})" + std::string{end}),
            "basic_auth.password must be a text that is not empty");
}

} // namespace
} // namespace otafleet::pki
