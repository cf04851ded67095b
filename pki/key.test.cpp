#include "pki/key.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "pki/cli.test.hpp"
#include "pki/encoding.hpp"

namespace otafleet::pki {
namespace {

bytes hex(std::string_view text) {
  return from_hex(text).value();
}

/// RSA keys take 100 ms each to make: one of every type for all tests.
const private_key& sample(key_type type) {
  static const std::vector<private_key> keys = [] {
    std::vector<private_key> made;
    for (const auto each : {key_type::ec_p256, key_type::ed25519, key_type::rsa_2048, key_type::rsa_3072})
      made.push_back(private_key::generate(each).value());
    return made;
  }();
  for (const auto& key : keys)
    if (key.type() == type)
      return key;
  throw std::logic_error{"no such sample"};
}

class every_type : public testing::TestWithParam<key_type> {};

INSTANTIATE_TEST_SUITE_P(key, every_type,
                         testing::Values(key_type::ec_p256, key_type::ed25519, key_type::rsa_2048, key_type::rsa_3072));

// -- RFC 8032 section 7.1, tests 1 to 3 -----------------------------------------

struct vector_8032 {
  const char *seed, *public_key, *message, *signature;
};
constexpr vector_8032 vectors_8032[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                                         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                                         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33"
                                         "bacc61e39701cf9b46bd25bf5f0595bbe2465"
                                         "5141438e7a100b"},
                                        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                                         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                                         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e159"
                                         "96e458f3613d0f11d8c387b2eaeb4302aeeb0"
                                         "0d291612bb0c00"},
                                        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                                         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                                         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f"
                                         "290ae67f760984dc6594a7c15e9716ed28dc0"
                                         "27beceea1ec40a"}};

TEST(ed25519, signs_as_in_rfc_8032) {
  for (const auto& vector : vectors_8032) {
    const auto key = private_key::from_ed25519_seed(hex(vector.seed)).value();
    EXPECT_EQ(to_hex(key.public_part().raw_ed25519()), vector.public_key);
    EXPECT_EQ(to_hex(key.sign(hex(vector.message)).value()), vector.signature);
  }
}

TEST(ed25519, verifies_as_in_rfc_8032) {
  for (const auto& vector : vectors_8032) {
    const auto key = public_key::from_raw_ed25519(hex(vector.public_key)).value();
    EXPECT_TRUE(key.verify(hex(vector.message), hex(vector.signature)));
    EXPECT_FALSE(key.verify(as_bytes("another"), hex(vector.signature)));
  }
}

TEST(ed25519, refuses_raw_keys_of_another_length) {
  EXPECT_FALSE(public_key::from_raw_ed25519(bytes(31)));
  EXPECT_FALSE(public_key::from_raw_ed25519(bytes(33)));
  EXPECT_EQ(private_key::from_ed25519_seed(bytes(64)).error(), "an Ed25519 seed has 32 bytes, not 64");
}

// -- signatures -----------------------------------------------------------------

TEST_P(every_type, verifies_its_own_signature) {
  const auto signature = sample(GetParam()).sign(as_bytes("targets")).value();
  EXPECT_TRUE(sample(GetParam()).public_part().verify(as_bytes("targets"), signature));
}

TEST_P(every_type, refuses_another_message) {
  const auto signature = sample(GetParam()).sign(as_bytes("targets")).value();
  EXPECT_FALSE(sample(GetParam()).public_part().verify(as_bytes("target"), signature));
}

TEST_P(every_type, refuses_another_key_of_its_type) {
  const auto signature = sample(GetParam()).sign(as_bytes("targets")).value();
  const auto other = private_key::generate(GetParam()).value();
  EXPECT_FALSE(other.public_part().verify(as_bytes("targets"), signature));
}

TEST_P(every_type, refuses_a_signature_with_any_byte_flipped) {
  const auto key = sample(GetParam()).public_part();
  const auto signature = sample(GetParam()).sign(as_bytes("targets")).value();
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto altered = signature;
    altered[i] ^= std::byte{1};
    EXPECT_FALSE(key.verify(as_bytes("targets"), altered)) << "byte " << i;
  }
}

TEST_P(every_type, refuses_a_signature_that_is_too_short_or_too_long) {
  const auto key = sample(GetParam()).public_part();
  auto signature = sample(GetParam()).sign(as_bytes("targets")).value();
  signature.push_back(std::byte{0});
  EXPECT_FALSE(key.verify(as_bytes("targets"), signature));
  signature.pop_back();
  signature.pop_back();
  EXPECT_FALSE(key.verify(as_bytes("targets"), signature));
  EXPECT_FALSE(key.verify(as_bytes("targets"), {}));
}

TEST_P(every_type, leaves_no_error_behind_for_the_next_user_of_openssl) {
  EXPECT_FALSE(sample(GetParam()).public_part().verify(as_bytes("x"), as_bytes("not a signature")));
  EXPECT_STREQ(last_openssl_error(), "");
}

// -- forms ----------------------------------------------------------------------

TEST_P(every_type, survives_every_form) {
  const auto& key = sample(GetParam());
  const auto signature = key.sign(as_bytes("m")).value();
  for (const auto& again : {private_key::from_pem(key.pkcs8_pem()).value(),
                            private_key::from_pkcs8_der(key.pkcs8_der()).value(), private_key{key}}) {
    EXPECT_EQ(again.type(), GetParam());
    EXPECT_TRUE(again.public_part().verify(as_bytes("m"), signature));
  }
  const auto shown = key.public_part();
  EXPECT_EQ(public_key::from_pem(shown.spki_pem()).value().spki_der(), shown.spki_der());
  EXPECT_EQ(public_key::from_spki_der(shown.spki_der()).value().spki_pem(), shown.spki_pem());
}

TEST_P(every_type, shows_its_public_half_only) {
  const auto pem = sample(GetParam()).public_part().spki_pem();
  EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
  EXPECT_TRUE(pem.ends_with("-----END PUBLIC KEY-----\n"));
  EXPECT_FALSE(private_key::from_pem(pem));
}

TEST_P(every_type, is_found_by_its_name) {
  EXPECT_EQ(key_type_from(to_string(GetParam())).value(), GetParam());
}

TEST(key_type, says_which_names_it_knows) {
  EXPECT_EQ(key_type_from("rsa-1024").error(),
            "\"rsa-1024\" is not a key type; known are ec-p256, ed25519, rsa-2048, rsa-3072 and rsa-4096");
}

// -- what is refused ------------------------------------------------------------

TEST(public_key, refuses_rsa_of_1024_bits) {
  const workshop shop;
  static_cast<void>(shop.openssl("genrsa -out key.pem 1024"));
  static_cast<void>(shop.openssl("rsa -in key.pem -pubout -out pub.pem"));
  const auto pem = shop.get("pub.pem");
  EXPECT_EQ(public_key::from_pem(as_text(pem)).error(), "the RSA key has 1024 bits; 2048, 3072 and 4096 are supported");
}

TEST(public_key, refuses_other_curves) {
  const workshop shop;
  static_cast<void>(shop.openssl("ecparam -name secp384r1 -genkey -noout -out key.pem"));
  static_cast<void>(shop.openssl("ec -in key.pem -pubout -out pub.pem"));
  const auto pem = shop.get("pub.pem");
  EXPECT_EQ(public_key::from_pem(as_text(pem)).error(), "the key is on an elliptic curve other than P-256");
}

TEST(public_key, refuses_garbage_and_trailing_bytes) {
  auto der = sample(key_type::ec_p256).public_part().spki_der();
  EXPECT_FALSE(public_key::from_spki_der(byte_view{der}.first(der.size() - 1)));
  der.push_back(std::byte{0});
  EXPECT_EQ(public_key::from_spki_der(der).error(), "bytes follow the public key");
  EXPECT_FALSE(public_key::from_spki_der({}));
  EXPECT_FALSE(public_key::from_pem(""));
  EXPECT_FALSE(public_key::from_pem("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n"));
  EXPECT_FALSE(public_key::from_pem(std::string(1'000'000, 'A')));
}

TEST(private_key, refuses_an_encrypted_pem_without_asking_the_terminal) {
  const workshop shop;
  static_cast<void>(shop.openssl("genpkey -algorithm ed25519 -aes256 -pass pass:secret -out key.pem"));
  const auto pem = shop.get("key.pem");
  EXPECT_FALSE(private_key::from_pem(as_text(pem)));
}

TEST(private_key, reads_pkcs1_and_sec1) {
  const workshop shop;
  static_cast<void>(shop.openssl("genrsa -traditional -out rsa.pem 2048"));
  static_cast<void>(shop.openssl("ecparam -name prime256v1 -genkey -out ec.pem"));
  const auto rsa = shop.get("rsa.pem");
  const auto ec = shop.get("ec.pem");
  ASSERT_TRUE(as_text(rsa).starts_with("-----BEGIN RSA PRIVATE KEY-----"));
  ASSERT_TRUE(as_text(ec).find("-----BEGIN EC PRIVATE KEY-----") != std::string_view::npos);
  EXPECT_EQ(private_key::from_pem(as_text(rsa)).value().type(), key_type::rsa_2048);
  EXPECT_EQ(private_key::from_pem(as_text(ec)).value().type(), key_type::ec_p256);
}

// -- against the openssl tool -----------------------------------------------------

class against_openssl : public testing::Test {
protected:
  void SetUp() override {
    shop.put("message", as_bytes("signed"));
    shop.put("key.pem", as_bytes(sample(key_type::rsa_2048).pkcs8_pem()));
    shop.put("pub.pem", as_bytes(sample(key_type::rsa_2048).public_part().spki_pem()));
  }

  workshop shop;
};

TEST_F(against_openssl, an_rsa_signature_has_a_salt_of_32_bytes) {
  shop.put("signature", sample(key_type::rsa_2048).sign(as_bytes("signed")).value());
  const auto verdict = shop.openssl("dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 "
                                    "-verify pub.pem -signature signature message");
  EXPECT_EQ(verdict, "Verified OK\n");
}

TEST_F(against_openssl, an_rsa_signature_with_any_salt_is_accepted) {
  for (const auto* salt : {"0", "20", "32", "222"}) { // 222: all that fits into 2048 bits beside SHA-256
    static_cast<void>(shop.openssl(std::string{"dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:"} +
                                   salt + " -sign key.pem -out signature message"));
    EXPECT_TRUE(sample(key_type::rsa_2048).public_part().verify(as_bytes("signed"), shop.get("signature"))) << salt;
  }
}

TEST_F(against_openssl, an_rsa_signature_of_the_older_padding_is_refused) {
  static_cast<void>(shop.openssl("dgst -sha256 -sign key.pem -out signature message"));
  EXPECT_FALSE(sample(key_type::rsa_2048).public_part().verify(as_bytes("signed"), shop.get("signature")));
}

TEST_F(against_openssl, an_ec_signature_verifies) {
  shop.put("pub.pem", as_bytes(sample(key_type::ec_p256).public_part().spki_pem()));
  shop.put("signature", sample(key_type::ec_p256).sign(as_bytes("signed")).value());
  EXPECT_EQ(shop.openssl("dgst -sha256 -verify pub.pem -signature signature message"), "Verified OK\n");
}

} // namespace
} // namespace otafleet::pki
