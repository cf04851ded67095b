#include "server-stub/device_ca.hpp"

#include <gtest/gtest.h>

#include "pki/certificate_authority.hpp"
#include "server-stub/forged_ca.test.hpp"

namespace otafleet::stub {
namespace {

using testing::forged_ca;

std::string_view refused(const forged_ca& made) {
  const auto read = read_device_ca(made.make().pem());
  return read ? std::string_view{} : read.error().code;
}

TEST(device_ca, is_what_the_guide_and_ota_lith_make) {
  EXPECT_EQ(refused(forged_ca{}), "");
  forged_ca of_ota_lith;
  of_ota_lith.extended_key_usage = "critical,clientAuth";
  EXPECT_EQ(refused(of_ota_lith), "");
  forged_ca of_rsa;
  of_rsa.key = pki::private_key::generate(pki::key_type::rsa_2048).value();
  EXPECT_EQ(refused(of_rsa), "");
  const auto ours = pki::certificate_authority::create("ours", pki::certificate_use::client).value();
  EXPECT_EQ(read_device_ca(ours.root().pem()).value().fingerprint(), ours.root().fingerprint());
}

TEST(device_ca, needs_each_of_the_three_extensions) {
  forged_ca made;
  made.basic_constraints = "CA:FALSE";
  EXPECT_EQ(refused(made), "device_ca_without_ca_true");
  made.basic_constraints = "";
  EXPECT_EQ(refused(made), "device_ca_without_ca_true");
  made = {};
  made.key_usage = "digitalSignature";
  EXPECT_EQ(refused(made), "device_ca_without_key_cert_sign");
  made.key_usage = "";
  EXPECT_EQ(refused(made), "device_ca_without_key_cert_sign");
  made = {};
  made.extended_key_usage = "codeSigning";
  EXPECT_EQ(refused(made), "device_ca_without_extended_key_usage");
  made.extended_key_usage = "";
  EXPECT_EQ(refused(made), "device_ca_without_extended_key_usage");
}

TEST(device_ca, is_valid_now) {
  forged_ca made;
  made.from = -20;
  made.to = -1;
  EXPECT_EQ(refused(made), "device_ca_expired");
  made.from = 1;
  made.to = 20;
  EXPECT_EQ(refused(made), "device_ca_not_yet_valid");
}

TEST(device_ca, is_signed_with_its_own_key) {
  const auto other = pki::private_key::generate(pki::key_type::ec_p256).value();
  EXPECT_EQ(read_device_ca(forged_ca{}.make(&other).pem()).error().code, "device_ca_not_self_signed");
}

TEST(device_ca, has_a_key_that_lasts) {
  pki::key_handle short_key{EVP_RSA_gen(1024)};
  ASSERT_NE(short_key, nullptr);
  const forged_ca issuer;
  pki::certificate_handle made{X509_dup(issuer.make().native())};
  X509_set_pubkey(made.get(), short_key.get());
  ASSERT_GT(X509_sign(made.get(), short_key.get(), EVP_sha256()), 0);
  EXPECT_EQ(read_device_ca(pki::certificate::adopt(std::move(made)).pem()).error().code, "device_ca_weak_key");
}

TEST(device_ca, comes_as_one_certificate_without_its_key) {
  const forged_ca made;
  const auto pem = made.make().pem();
  EXPECT_EQ(read_device_ca(pem + pem).error().code, "invalid_entity");
  EXPECT_EQ(read_device_ca("").error().code, "invalid_entity");
  EXPECT_EQ(read_device_ca("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().code,
            "invalid_entity");
  const auto with_key = read_device_ca(pem + made.key.pkcs8_pem());
  EXPECT_EQ(with_key.error().code, "device_ca_with_private_key");
  EXPECT_EQ(with_key.error().description.find("MI"), std::string::npos) << "a refusal repeats no key";
  EXPECT_EQ(read_device_ca(pem + std::string(max_device_ca_bytes, '\n')).error().status, 413u);
}

} // namespace
} // namespace otafleet::stub
