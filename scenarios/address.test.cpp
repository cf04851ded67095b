#include "scenarios/address.hpp"

#include <gtest/gtest.h>

namespace otafleet::scenarios {
namespace {

TEST(host_of, takes_the_host_out_of_a_plain_url) {
  EXPECT_EQ(host_of("https://Gateway.Example:8443/base?x=1"), "gateway.example");
  EXPECT_EQ(host_of("HTTP://127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(host_of("https://[::1]:30443/a"), "::1");
}

TEST(host_of, finds_none_where_two_readers_could_find_two) {
  for (const auto* url :
       {"https://127.0.0.1@evil.example/", "https://evil.example\\@127.0.0.1/", "https://127.0.0.1%2eevil.example/",
        "https://127.0.0.1:80@evil.example", "https://127.0.0.1 .evil.example/", "https://[::1", "https://[::1]evil/",
        "https://a:b:c/", "https://a:0/", "https://a:99999/", "https:///path", "ftp://127.0.0.1/", "//127.0.0.1/", "",
        "https://", "https://?127.0.0.1", "https://[fe80::1%25eth0]/"})
    EXPECT_EQ(host_of(url), std::nullopt) << url;
}

TEST(is_loopback, knows_this_machine_by_its_plain_names_only) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.255.0.254", "::1"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const auto* host : {"127.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1.", "127.0.0.1.evil.example", "localhost.",
                           "128.0.0.1", "127.0.0.256", "127.0.0.0.1", "::2", "", "127..0.1"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(read_url, drops_the_slashes_that_the_client_would_double) {
  EXPECT_EQ(read_url("https://g.example/api/v0/robot/").value(), "https://g.example/api/v0/robot");
  EXPECT_EQ(read_url("https://g.example//").value(), "https://g.example");
  for (const auto* wrong : {"g.example", "https://u:p@g.example", "https://g.example/?q", "https://g.example/#f",
                            "https://g.example/a b", "https://g.example/\n", "https://g.example/\xc3\xa9"})
    EXPECT_FALSE(read_url(wrong)) << wrong;
}

} // namespace
} // namespace otafleet::scenarios
