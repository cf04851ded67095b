#include "pki/pkcs12.hpp"

#include <gtest/gtest.h>
#include <openssl/pkcs12.h>

#include "pki/certificate_authority.hpp"
#include "pki/cli.test.hpp"

namespace otafleet::pki {
namespace {

credential make_credential(key_type type = key_type::ec_p256) {
  const auto authority = certificate_authority::create("Fleet Root", certificate_use::client).value();
  const auto other = certificate_authority::create("Gateway Root", certificate_use::server).value();
  auto key = private_key::generate(type).value();
  auto leaf = authority.issue(key.public_part(), {.common_name = "device-1"}).value();
  return {std::move(key), std::move(leaf), {authority.root(), other.root()}};
}

void expect_same(const credential& read, const credential& written) {
  EXPECT_EQ(read.key.pkcs8_der(), written.key.pkcs8_der());
  EXPECT_EQ(read.leaf.der(), written.leaf.der());
  ASSERT_EQ(read.authorities.size(), written.authorities.size());
  for (std::size_t i = 0; i < read.authorities.size(); ++i)
    EXPECT_EQ(read.authorities[i].der(), written.authorities[i].der());
}

TEST(pkcs12, keeps_key_leaf_and_authorities_in_order) {
  for (const auto type : {key_type::ec_p256, key_type::ed25519, key_type::rsa_2048}) {
    const auto content = make_credential(type);
    expect_same(from_pkcs12(to_pkcs12(content, "").value(), "").value(), content);
    expect_same(from_pkcs12(to_pkcs12(content, "pass", 1).value(), "pass").value(), content);
  }
}

TEST(pkcs12, refuses_a_wrong_password) {
  const auto archive = to_pkcs12(make_credential(), "right").value();
  EXPECT_EQ(from_pkcs12(archive, "wrong").error(),
            "the PKCS#12 archive does not open with this password, or was altered");
  EXPECT_FALSE(from_pkcs12(archive, ""));
}

TEST(pkcs12, refuses_an_archive_with_any_byte_flipped) {
  const auto content = make_credential();
  const auto archive = to_pkcs12(content, "", 1).value();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < archive.size(); ++i) {
    auto altered = archive;
    altered[i] ^= std::byte{0x20};
    // A flip in an attribute that nobody reads, or in the case of an unused field, may pass; what is read may not
    // change.
    if (const auto read = from_pkcs12(altered, ""); read)
      expect_same(*read, content);
    else
      ++refused;
  }
  EXPECT_GT(refused, archive.size() * 99 / 100);
}

TEST(pkcs12, refuses_every_truncation) {
  const auto archive = to_pkcs12(make_credential(), "", 1).value();
  for (std::size_t size = 0; size < archive.size(); ++size)
    EXPECT_FALSE(from_pkcs12(byte_view{archive}.first(size), "")) << size;
}

TEST(pkcs12, refuses_what_is_not_an_archive_with_a_sentence) {
  EXPECT_TRUE(from_pkcs12({}, "").error().starts_with("this is not a PKCS#12 archive"));
  EXPECT_TRUE(from_pkcs12(as_bytes("<html>502 Bad Gateway</html>"), "").error().starts_with("this is not a PKCS#12"));
  EXPECT_EQ(from_pkcs12(bytes(300 * 1024), "").error(), "a PKCS#12 archive cannot be longer than 262144 bytes");
}

TEST(pkcs12, refuses_an_archive_that_would_keep_it_busy_for_minutes) {
  const auto content = make_credential();
  // 1.1 million rounds each for the integrity check's two tries: above the allowance before anything is computed.
  const auto archive = to_pkcs12(content, "", 1'000'000).value();
  const auto error = from_pkcs12(archive, "").error();
  EXPECT_EQ(error, "the PKCS#12 archive asks for more than 2000000 key derivation rounds");
}

TEST(pkcs12, reads_an_archive_made_with_openssl_s_null_password) {
  const auto content = make_credential();
  const pkcs12_handle made{PKCS12_create(nullptr, nullptr, content.key.native(), content.leaf.native(), nullptr,
                                         NID_aes_256_cbc, NID_aes_256_cbc, 1, 1, 0)};
  ASSERT_NE(made, nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_PKCS12(made.get(), &der);
  ASSERT_GT(size, 0);
  const auto read = from_pkcs12(std::as_bytes(std::span{der, static_cast<std::size_t>(size)}), "");
  OPENSSL_free(der);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->leaf.der(), content.leaf.der());
}

// -- against the openssl tool: the flavours that wire-trace.md section E saw aktualizr read ----------------------

class flavour : public testing::TestWithParam<const char*> {
protected:
  void SetUp() override {
    shop.put("key.pem", as_bytes(content.key.pkcs8_pem()));
    shop.put("leaf.pem", as_bytes(content.leaf.pem()));
    shop.put("ca.pem", as_bytes(content.authorities[0].pem() + content.authorities[1].pem()));
  }

  workshop shop;
  credential content = make_credential();
};

INSTANTIATE_TEST_SUITE_P(openssl, flavour,
                         testing::Values("", "-keypbe NONE -certpbe NONE", "-keypbe NONE -certpbe NONE -nomac",
                                         "-legacy", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"));

TEST_P(flavour, is_read) {
  static_cast<void>(
      shop.openssl(std::string{"pkcs12 -export -inkey key.pem -in leaf.pem -certfile ca.pem -passout pass: "
                               "-out made.p12 "} +
                   GetParam()));
  const auto read = from_pkcs12(shop.get("made.p12"), "");
  ASSERT_TRUE(read) << read.error();
  expect_same(*read, content);
}

class archive_of_ours : public flavour {};
INSTANTIATE_TEST_SUITE_P(openssl, archive_of_ours, testing::Values(""));

TEST_P(archive_of_ours, is_read_by_openssl_and_uses_aes_256_and_sha_256) {
  shop.put("made.p12", to_pkcs12(content, "").value());
  const auto told = shop.openssl("pkcs12 -in made.p12 -passin pass: -info -nodes");
  EXPECT_NE(told.find("MAC: sha256, Iteration 2048"), std::string::npos) << told;
  EXPECT_NE(told.find("PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256"), std::string::npos) << told;
  EXPECT_EQ(told.find("Error"), std::string::npos) << told;
}

TEST(pkcs12, needs_the_certificate_of_its_key) {
  auto content = make_credential();
  const workshop shop;
  shop.put("key.pem", as_bytes(content.key.pkcs8_pem()));
  shop.put("ca.pem", as_bytes(content.authorities[0].pem()));
  static_cast<void>(shop.openssl("pkcs12 -export -nocerts -inkey key.pem -passout pass: -out key.p12"));
  static_cast<void>(shop.openssl("pkcs12 -export -nokeys -in ca.pem -passout pass: -out ca.p12"));
  EXPECT_EQ(from_pkcs12(shop.get("key.p12"), "").error(),
            "the PKCS#12 archive holds no certificate that belongs to its private key");
  EXPECT_EQ(from_pkcs12(shop.get("ca.p12"), "").error(), "the PKCS#12 archive holds no private key");
}

} // namespace
} // namespace otafleet::pki
