#include "pki/checked_url.hpp"

#include <gtest/gtest.h>

namespace otafleet::pki {
namespace {

std::string why(std::string_view content) {
  const auto url = checked_url(content);
  return url ? "accepted as " + *url : url.error();
}

TEST(checked_url, trims_what_editors_leave_around_it) {
  EXPECT_EQ(checked_url(" \t\r\nhttps://gw.example\r\n").value(), "https://gw.example");
}

TEST(checked_url, keeps_path_port_and_trailing_slash_as_they_are) {
  for (const std::string url : {"https://gw.example:30443", "https://gw.example/api/v0/robot",
                                "http://treehub.ota.ce/api/v3/", "HTTPS://GW.example", "https://10.0.0.1:8443/x",
                                "https://[::1]:8443/x", "https://[fe80::1]", "https://under_score"})
    EXPECT_EQ(checked_url(url).value(), url);
}

TEST(checked_url, says_what_is_wrong) {
  EXPECT_EQ(why(" \n"), "is empty; it must hold one URL, as in https://gateway.example");
  EXPECT_EQ(why("https://a.example\nhttps://b.example"), "must hold one URL of printable ASCII on one line");
  EXPECT_EQ(why(std::string_view{"https://a\0b.example", 19}), "must hold one URL of printable ASCII on one line");
  EXPECT_EQ(why("\xef\xbb\xbfhttps://a.example"), "begins with a byte order mark; save it as plain text");
  EXPECT_EQ(why("gw.example"), "must begin with https:// or http://");
  EXPECT_EQ(why("ftp://gw.example"), "must begin with https:// or http://");
  EXPECT_EQ(why("https:/gw.example"), "must begin with https:// or http://");
  EXPECT_EQ(why("https://"), "must name a host, as in https://gateway.example");
  EXPECT_EQ(why("https:///path"), "must name a host, as in https://gateway.example");
  EXPECT_EQ(why("https://-x"), "must name a host, as in https://gateway.example");
  EXPECT_EQ(why("https://a%2eb"), "must name a host, as in https://gateway.example");
  EXPECT_EQ(why("https://[::1"), "must name a host, as in https://gateway.example");
  EXPECT_EQ(why("https://[::1]x"), "must name a host, as in https://gateway.example");
  EXPECT_EQ(why("https://a.example/?x=1"), "must not have a query or a fragment: paths are appended to it");
  EXPECT_EQ(why("https://a.example#top"), "must not have a query or a fragment: paths are appended to it");
  EXPECT_EQ(why("https://" + std::string(2041, 'a')), "is longer than 2048 characters; it must hold one URL");
}

TEST(checked_url, takes_ports_from_1_to_65535_only) {
  EXPECT_TRUE(checked_url("https://a:1"));
  EXPECT_TRUE(checked_url("https://a:65535"));
  for (const auto* port : {"", "0", "65536", "-1", "+1", "8443x", "4294967297"})
    EXPECT_EQ(why(std::string{"https://a:"} + port), "must have a port from 1 to 65535 after the host's colon");
}

TEST(checked_url, neither_takes_nor_repeats_a_password) {
  const auto error = why("https://admin:hunter2@gw.example");
  EXPECT_EQ(error, "must not hold a user or password before the host");
}

} // namespace
} // namespace otafleet::pki
