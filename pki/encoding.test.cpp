#include "pki/encoding.hpp"

#include <gtest/gtest.h>

namespace otafleet::pki {
namespace {

std::string decoded(std::string_view text) {
  return std::string{as_text(from_base64(text).value())};
}

TEST(hexadecimal, writes_two_digits_a_byte_in_either_case) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view{"\x00\x0f\xa5", 3})), "000fa5");
  EXPECT_EQ(to_upper_hex(as_bytes(std::string_view{"\x00\x0f\xa5", 3})), "000FA5");
}

TEST(hexadecimal, reads_both_cases) {
  EXPECT_EQ(to_hex(from_hex("dEadBEEF").value()), "deadbeef");
  EXPECT_TRUE(from_hex("").value().empty());
}

TEST(hexadecimal, refuses_an_odd_number_of_digits) {
  EXPECT_FALSE(from_hex("abc"));
}

TEST(hexadecimal, names_the_place_of_a_wrong_digit) {
  EXPECT_EQ(from_hex("aa0g").error(), "hexadecimal text has a wrong digit at 3");
  EXPECT_FALSE(from_hex("0x"));
}

TEST(base64, passes_the_vectors_of_rfc_4648) {
  const std::string_view plain = "foobar";
  const std::string_view coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (std::size_t size = 0; size <= plain.size(); ++size) {
    EXPECT_EQ(to_base64(as_bytes(plain.substr(0, size))), coded[size]);
    EXPECT_EQ(decoded(coded[size]), plain.substr(0, size));
  }
}

TEST(base64, uses_plus_and_slash) {
  EXPECT_EQ(to_base64(as_bytes("\xfb\xff\xbf")), "+/+/");
  EXPECT_EQ(decoded("+/+/"), "\xfb\xff\xbf");
}

TEST(base64, refuses_what_is_not_strictly_base64) {
  for (const auto* wrong : {"Zg", "Zg=", "Z===", "====", "Zm9v\n", " Zm9v", "Zm 9", "Zg==Zg==", "Z-8=", "Zm=v", "=Zm9"})
    EXPECT_FALSE(from_base64(wrong)) << wrong;
}

TEST(base64, refuses_a_second_spelling_of_the_same_bytes) {
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_FALSE(from_base64("Zh=="));
  EXPECT_FALSE(from_base64("Zm9="));
}

} // namespace
} // namespace otafleet::pki
