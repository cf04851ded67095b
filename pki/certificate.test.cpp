#include "pki/certificate.hpp"

#include <gtest/gtest.h>

#include "pki/certificate_authority.hpp"
#include "pki/cli.test.hpp"

namespace otafleet::pki {
namespace {

using namespace std::chrono_literals;

certificate_authority make_authority(const char* name = "Fleet Root") {
  return certificate_authority::create(name, certificate_use::client).value();
}

certificate made_by_openssl(const workshop& shop, const std::string& subject) {
  static_cast<void>(shop.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k.pem "
                                 "-set_serial 0x00ab12 -utf8 -subj '" +
                                 subject + "' -out c.pem"));
  const auto pem = shop.get("c.pem");
  return certificate::from_pem(as_text(pem)).value();
}

TEST(certificate, says_whose_it_is) {
  const auto authority = make_authority();
  const auto key = private_key::generate(key_type::ec_p256).value();
  const auto leaf = authority.issue(key.public_part(), {.common_name = "anxious-apfelstrudel-417"}).value();
  EXPECT_EQ(leaf.common_name(), "anxious-apfelstrudel-417");
  EXPECT_EQ(leaf.issuer_common_name(), "Fleet Root");
  EXPECT_EQ(leaf.subject_public_key().value().spki_der(), key.public_part().spki_der());
}

TEST(certificate, takes_the_last_of_several_common_names_in_utf8) {
  const workshop shop;
  EXPECT_EQ(made_by_openssl(shop, "/O=Bär/CN=first/CN=gerät-7").common_name(), "gerät-7");
}

TEST(certificate, without_a_common_name_has_an_empty_one) {
  const workshop shop;
  EXPECT_EQ(made_by_openssl(shop, "/O=nobody").common_name(), "");
}

TEST(certificate, writes_its_serial_and_fingerprint_as_openssl_does) {
  const workshop shop;
  const auto made = made_by_openssl(shop, "/CN=x");
  EXPECT_EQ(made.serial_hex(), "ab12");
  // "sha256 Fingerprint=AA:BB:...\n"
  auto told = shop.openssl("x509 -in c.pem -noout -fingerprint -sha256");
  std::string wanted;
  for (const char each : told.substr(told.find('=') + 1))
    if (std::isxdigit(static_cast<unsigned char>(each)) != 0)
      wanted += static_cast<char>(std::tolower(each));
  EXPECT_EQ(made.fingerprint(), wanted);
}

TEST(certificate, knows_its_end) {
  const auto key = private_key::generate(key_type::ec_p256).value();
  const auto leaf =
      make_authority().issue(key.public_part(), {.common_name = "d", .valid_for = std::chrono::days{7}}).value();
  const auto left = leaf.not_after() - std::chrono::system_clock::now();
  EXPECT_GT(left, 7 * 24h - 60s);
  EXPECT_LE(left, 7 * 24h);
}

TEST(certificate, can_end_after_2050_as_aktualizr_asks) {
  const auto key = private_key::generate(key_type::ec_p256).value();
  const auto leaf =
      make_authority().issue(key.public_part(), {.common_name = "d", .valid_for = std::chrono::days{36000}}).value();
  EXPECT_GT(leaf.not_after() - std::chrono::system_clock::now(), std::chrono::days{35999});
}

TEST(certificate, is_signed_by_its_issuer_and_by_no_namesake) {
  const auto authority = make_authority();
  const auto namesake = make_authority();
  const auto key = private_key::generate(key_type::ed25519).value();
  const auto leaf = authority.issue(key.public_part(), {.common_name = "d"}).value();
  EXPECT_TRUE(leaf.is_signed_by(authority.root()));
  EXPECT_FALSE(leaf.is_signed_by(namesake.root()));
  EXPECT_FALSE(authority.root().is_signed_by(leaf));
  EXPECT_TRUE(authority.root().is_signed_by(authority.root()));
}

TEST(certificate, survives_both_forms) {
  const auto root = make_authority().root();
  EXPECT_EQ(certificate::from_pem(root.pem()).value().der(), root.der());
  EXPECT_EQ(certificate::from_der(root.der()).value().pem(), root.pem());
}

TEST(certificate, refuses_garbage_truncation_and_trailing_bytes) {
  auto der = make_authority().root().der();
  EXPECT_FALSE(certificate::from_der(byte_view{der}.first(der.size() - 1)));
  der.push_back(std::byte{0});
  EXPECT_EQ(certificate::from_der(der).error(), "bytes follow the certificate");
  EXPECT_FALSE(certificate::from_der({}));
  EXPECT_FALSE(certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(certificate::from_pem(std::string(100'000, 'A')));
}

TEST(bundle, keeps_the_order) {
  const auto bundle = certificate::bundle_from_pem(make_authority("one").root().pem() + "\n# a note\n" +
                                                   make_authority("two").root().pem())
                          .value();
  ASSERT_EQ(bundle.size(), 2U);
  EXPECT_EQ(bundle[0].common_name(), "one");
  EXPECT_EQ(bundle[1].common_name(), "two");
}

TEST(bundle, without_certificates_is_an_error) {
  EXPECT_EQ(certificate::bundle_from_pem("nothing here").error(), "the bundle holds no certificate");
}

TEST(bundle, with_one_broken_certificate_is_an_error_that_counts) {
  const auto pem = make_authority().root().pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const auto error = certificate::bundle_from_pem(pem).error();
  EXPECT_TRUE(error.starts_with("certificate 2 of the bundle could not be read")) << error;
}

} // namespace
} // namespace otafleet::pki
