#include "pki/certificate_authority.hpp"

#include <set>

#include <gtest/gtest.h>

#include "pki/cli.test.hpp"

namespace otafleet::pki {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class authority : public testing::Test {
protected:
  [[nodiscard]] tl::expected<certificate, std::string> issue(const issue_request& request) const {
    return root.issue(key.public_part(), request);
  }

  workshop shop;
  certificate_authority root = certificate_authority::create("Fleet Root", certificate_use::server).value();
  private_key key = private_key::generate(key_type::ec_p256).value();
};

TEST_F(authority, has_the_three_extensions_that_the_guide_asks_for) {
  shop.put("root.pem", as_bytes(root.root().pem()));
  const auto text =
      shop.openssl("x509 -in root.pem -noout -ext basicConstraints,keyUsage,extendedKeyUsage,subjectKeyIdentifier");
  EXPECT_TRUE(contains(text, "X509v3 Basic Constraints: critical\n    CA:TRUE")) << text;
  EXPECT_TRUE(contains(text, "X509v3 Key Usage: critical\n    Certificate Sign, CRL Sign")) << text;
  EXPECT_TRUE(contains(text, "X509v3 Extended Key Usage: critical\n    TLS Web Server Authentication")) << text;
}

TEST_F(authority, issues_servers_that_openssl_verifies_by_name_and_address) {
  const auto leaf = issue({.common_name = "gateway",
                           .use = certificate_use::server,
                           .subject_alt_names = {"gateway.example", "127.0.0.1", "::1"}})
                        .value();
  shop.put("root.pem", as_bytes(root.root().pem()));
  shop.put("leaf.pem", as_bytes(leaf.pem()));
  EXPECT_EQ(
      shop.openssl("verify -x509_strict -purpose sslserver -CAfile root.pem -verify_hostname gateway.example leaf.pem"),
      "leaf.pem: OK\n");
  EXPECT_EQ(shop.openssl("verify -purpose sslserver -CAfile root.pem -verify_ip 127.0.0.1 leaf.pem"), "leaf.pem: OK\n");
  const auto names = shop.openssl("x509 -in leaf.pem -noout -ext subjectAltName");
  EXPECT_TRUE(contains(names, "DNS:gateway.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1")) << names;
}

TEST_F(authority, issues_clients_that_openssl_verifies) {
  const auto clients = certificate_authority::create("Fleet Root", certificate_use::client).value();
  const auto leaf = clients.issue(key.public_part(), {.common_name = "device-1"}).value();
  shop.put("root.pem", as_bytes(clients.root().pem()));
  shop.put("leaf.pem", as_bytes(leaf.pem()));
  EXPECT_EQ(shop.openssl("verify -x509_strict -purpose sslclient -CAfile root.pem leaf.pem"), "leaf.pem: OK\n");
}

TEST_F(authority, that_somebody_else_made_issues_as_well) {
  static_cast<void>(
      shop.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj "
                   "/CN=fleet -days 30 -addext subjectKeyIdentifier=none"));
  const auto mine = certificate_authority::adopt(private_key::from_pem(as_text(shop.get("ca.key"))).value(),
                                                 certificate::from_pem(as_text(shop.get("ca.pem"))).value());
  ASSERT_TRUE(mine) << mine.error();
  shop.put("leaf.pem", as_bytes(mine->issue(key.public_part(), {.common_name = "device-1"}).value().pem()));
  EXPECT_EQ(shop.openssl("verify -purpose sslclient -CAfile ca.pem leaf.pem"), "leaf.pem: OK\n");
}

TEST_F(authority, is_not_made_of_a_key_or_a_certificate_that_does_not_fit) {
  EXPECT_EQ(certificate_authority::adopt(key, root.root()).error(),
            "the key is not that of the authority's certificate");
  const auto leaf = issue({.common_name = "device-1"}).value();
  EXPECT_EQ(certificate_authority::adopt(key, leaf).error(),
            "the certificate is not an authority's: it may not sign others");
}

class root_of_every_type : public authority, public testing::WithParamInterface<key_type> {};

INSTANTIATE_TEST_SUITE_P(key, root_of_every_type,
                         testing::Values(key_type::ec_p256, key_type::ed25519, key_type::rsa_2048));

TEST_P(root_of_every_type, issues_certificates_that_openssl_verifies) {
  const auto made =
      certificate_authority::create("R", certificate_use::client, std::chrono::days{30}, GetParam()).value();
  const auto leaf = made.issue(key.public_part(), {.common_name = "device-1"}).value();
  shop.put("root.pem", as_bytes(made.root().pem()));
  shop.put("leaf.pem", as_bytes(leaf.pem()));
  EXPECT_EQ(shop.openssl("verify -x509_strict -CAfile root.pem leaf.pem"), "leaf.pem: OK\n");
}

TEST_F(authority, starts_certificates_five_minutes_ago) {
  const auto leaf = issue({.common_name = "d"}).value();
  shop.put("leaf.pem", as_bytes(leaf.pem()));
  shop.put("root.pem", as_bytes(root.root().pem()));
  const auto four_minutes_ago = std::to_string(std::time(nullptr) - 4 * 60);
  EXPECT_EQ(shop.openssl("verify -attime " + four_minutes_ago + " -CAfile root.pem leaf.pem"), "leaf.pem: OK\n");
}

TEST_F(authority, never_uses_a_serial_twice) {
  std::set<std::string> serials;
  for (int i = 0; i < 100; ++i)
    serials.insert(issue({.common_name = "d"}).value().serial_hex());
  EXPECT_EQ(serials.size(), 100U);
  // 25 random hexadecimal digits at the least: fewer happens once in 2^28 times.
  for (const auto& serial : serials)
    EXPECT_GE(serial.size(), 25U);
}

TEST_F(authority, does_not_let_a_name_smuggle_extensions_in) {
  EXPECT_EQ(issue({.common_name = "d", .subject_alt_names = {"a,IP:10.0.0.1"}}).error(),
            "\"a,IP:10.0.0.1\" is neither a host name nor an IP address");
}

TEST_F(authority, refuses_a_server_without_names) {
  EXPECT_EQ(issue({.common_name = "gateway", .use = certificate_use::server}).error(),
            "a server certificate needs a host name or address beside its common name");
}

TEST_F(authority, refuses_names_and_lifetimes_that_x509_cannot_hold) {
  EXPECT_EQ(issue({.common_name = ""}).error(), "a certificate needs a common name");
  EXPECT_FALSE(issue({.common_name = std::string(65, 'x')}));
  EXPECT_TRUE(issue({.common_name = std::string(64, 'x')}));
  EXPECT_EQ(issue({.common_name = "d", .valid_for = std::chrono::days{0}}).error(),
            "a certificate is valid for 1 to 2555000 days, not 0");
}

} // namespace
} // namespace otafleet::pki
