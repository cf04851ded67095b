#include "server-stub/provisioning.hpp"

#include <gtest/gtest.h>

#include "pki/pkcs12.hpp"

namespace otafleet::stub {
namespace {

using namespace std::chrono_literals;

TEST(provisioning, reads_a_ttl_as_a_string_and_as_a_number) {
  EXPECT_EQ(read_provisioning(R"({"deviceId":"d","ttl":"36000"})").value().ttl, std::chrono::days{36'000});
  EXPECT_EQ(read_provisioning(R"({"deviceId":"d","ttl":1})").value().ttl, std::chrono::days{1});
  for (const auto* wrong : {R"({"deviceId":"d"})", R"({"deviceId":"d","ttl":"x"})", R"({"deviceId":"d","ttl":0})",
                            R"({"deviceId":"d","ttl":-1})", R"({"deviceId":"d","ttl":36501})",
                            R"({"deviceId":"d","ttl":"99999999999999999999"})", R"({"ttl":1})", "x", "[]"})
    EXPECT_EQ(read_provisioning(wrong).error().code, "invalid_entity") << wrong;
}

TEST(provisioning, takes_device_ids_that_fit_a_common_name) {
  EXPECT_TRUE(is_device_id("anxious-apfelstrudel-417"));
  EXPECT_TRUE(is_device_id(std::string(64, 'x')));
  for (const auto& wrong : {std::string{}, std::string(65, 'x'), std::string{" x"}, std::string{"x "},
                            std::string{"a\nb"}, std::string{"\xc3\xa9"}})
    EXPECT_FALSE(is_device_id(wrong)) << wrong;
}

TEST(provisioning, issues_a_certificate_of_the_accounts_own_ca_with_the_gateways_as_authority) {
  const auto gateway = pki::certificate_authority::create("gw CA", pki::certificate_use::server).value();
  const auto issuer = device_issuer::make("qa", gateway.root()).value();
  const auto archive = issuer.issue({"dev-1", std::chrono::days{30}}).value();
  EXPECT_LT(archive.size(), 64u * 1024) << "a device reads no longer answer";
  const auto credential = pki::from_pkcs12(archive, "").value();
  EXPECT_EQ(credential.leaf.common_name(), "dev-1");
  EXPECT_TRUE(credential.leaf.is_signed_by(issuer.device_root()));
  ASSERT_EQ(credential.authorities.size(), 1u);
  EXPECT_EQ(credential.authorities.front().fingerprint(), gateway.root().fingerprint());
  const auto left = credential.leaf.not_after() - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours{30 * 24 - 1});
  EXPECT_LT(left, std::chrono::hours{30 * 24 + 1});
  EXPECT_NE(credential.leaf.fingerprint(), issuer.credential_fingerprint());
}

TEST(issue_line, lets_one_pass_every_gap) {
  issue_line line{4};
  const issue_line::clock::time_point start{100s};
  EXPECT_EQ(line.join(start), start);
  EXPECT_EQ(line.join(start), start + 250ms);
  EXPECT_EQ(line.join(start + 100ms), start + 500ms);
  EXPECT_EQ(line.join(start + 10s), start + 10s) << "an idle line saves nothing up";
}

TEST(issue_line, turns_clients_away_that_would_wait_more_than_a_minute) {
  issue_line line{1};
  const issue_line::clock::time_point start{100s};
  for (int at = 0; at <= 60; ++at)
    EXPECT_TRUE(line.join(start)) << at;
  EXPECT_FALSE(line.join(start));
  EXPECT_TRUE(line.join(start + 1s));
}

TEST(issue_line, is_no_line_without_a_rate) {
  issue_line line{0};
  const issue_line::clock::time_point start{100s};
  EXPECT_EQ(line.join(start), start);
  EXPECT_EQ(line.join(start), start);
}

} // namespace
} // namespace otafleet::stub
