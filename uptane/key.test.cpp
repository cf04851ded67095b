#include "uptane/key.hpp"

#include <gtest/gtest.h>

namespace otafleet::uptane {
namespace {

// The public key of RFC 8032's first test.
constexpr auto ed25519_lower = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr auto ed25519_upper = "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A";

constexpr auto rsa_pem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmnvPXKkXY+G+1MuDvy3D
Fs4+eh3pOUVY5xKsyNdGfO5Vdf7XMSYkDUopHZZ/hhjusHTrCA8wzqleUQwiVx5n
5EJUIgSOdVEniMUCosaSPI2+KxVQaQuWXyNSEKYw7Jbn12VNM7PW16ckiJqx+ZX4
PqvuPaE8wMZhuqUl3pJ9XfJnvYQgGxf9uBrD+3QscW0ddsiQ2KTyTRKRMMjrt41+
Kw1mFyWO6N03Wm/sCMLcmCL3nGY59gyHsHqD7G4jWdRGsDfD6WxbKWjZ5L74z4ut
gNmNheuUMH+oulhpHLoytimn9xzTTu6Ydvru1J3IAnT7obvACjmreAEpqbClabJn
YQIDAQAB
-----END PUBLIC KEY-----
)";

TEST(server_key_id, is_the_hash_of_the_der_form) {
  EXPECT_EQ(server_key_id(key_from("ED25519", ed25519_lower).value()),
            "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
  EXPECT_EQ(server_key_id(key_from("RSA", rsa_pem).value()),
            "920208c876157d6c9f06eea84d928f78e0d10b655316dbbc5ab24d3f12f5281e");
}

TEST(device_key_id, is_the_hash_of_the_quoted_text_so_that_case_matters) {
  EXPECT_EQ(device_key_id(ed25519_lower), "684e028a7428fbdc9c0a65d6c9b246ecfa77fbe7e9844b041211bad980f47e41");
  EXPECT_EQ(device_key_id(ed25519_upper), "cb189cfe1530d8f74be62a0ba7304fad8ed41f642164e1dfb155d83156871f48");
}

TEST(device_key_id, ignores_newlines_at_the_end_only) {
  constexpr auto expected = "9049a2929baa1216dd0709a37f6ec8d718f9f6941e73999bea50aaed1d1d9f9b";
  const std::string pem = rsa_pem;
  EXPECT_EQ(device_key_id(pem), expected);
  EXPECT_EQ(device_key_id(pem + "\n\n"), expected);
  EXPECT_EQ(device_key_id(pem.substr(0, pem.size() - 1)), expected);
}

TEST(device_key_id, is_the_default_ecu_serial_of_the_recorded_client) {
  // wire-trace.md F: the key that a real aktualizr registered, and the serial that it gave itself.
  EXPECT_EQ(device_key_id("A9E479A14E6ADA9162ABDDF66D3D611A784051AE804E60165538D29B7FD0498A"),
            "75e1c7907a0c395094d33370887d16ec7c8ad29776d78ec5e291fcc93e57fb73");
}

TEST(key_text, is_upper_case_hex_from_a_device_and_lower_case_from_a_server) {
  const auto key = key_from("ed25519", ed25519_upper).value();
  EXPECT_EQ(device_key_text(key), ed25519_upper);
  EXPECT_EQ(server_key_text(key), ed25519_lower);
  EXPECT_EQ(key_type_text(key), "ED25519");
  EXPECT_EQ(device_method(key), "ed25519");
}

TEST(key_text, is_pem_with_a_newline_at_its_end_for_rsa) {
  const auto key = key_from("rsa", rsa_pem).value();
  EXPECT_EQ(device_key_text(key), rsa_pem);
  EXPECT_EQ(server_key_text(key), rsa_pem);
  EXPECT_EQ(key_type_text(key), "RSA");
  EXPECT_EQ(device_method(key), "rsassa-pss");
}

TEST(key_from, refuses_other_types_by_aktualizrs_words) {
  EXPECT_EQ(key_from("ECPRIME256V1", "3059").error(), "Unsupported key type");
  EXPECT_EQ(key_from("", ed25519_lower).error(), "Unsupported key type");
  EXPECT_EQ(key_from("RSA ", rsa_pem).error(), "Unsupported key type");
}

TEST(key_from, refuses_broken_and_misnamed_material) {
  EXPECT_FALSE(key_from("ED25519", "d75a98"));
  EXPECT_FALSE(key_from("ED25519", std::string{ed25519_lower} + "00"));
  EXPECT_FALSE(key_from("ED25519", rsa_pem));
  EXPECT_FALSE(key_from("RSA", ed25519_lower));
  EXPECT_FALSE(key_from("RSA", ""));
  EXPECT_FALSE(key_from("RSA", pki::private_key::generate(pki::key_type::ed25519).value().public_part().spki_pem()));
  EXPECT_FALSE(key_from("RSA", pki::private_key::generate(pki::key_type::ec_p256).value().public_part().spki_pem()));
}

} // namespace
} // namespace otafleet::uptane
