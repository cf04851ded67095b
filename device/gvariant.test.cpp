#include "device/gvariant.hpp"

#include <array>

#include <gtest/gtest.h>

#include "pki/encoding.hpp"

namespace otafleet::device::gvariant {
namespace {

bytes raw(std::string_view hex) {
  return pki::from_hex(hex).value();
}

std::string hex_of(const std::optional<std::vector<byte_view>>& parts) {
  if (!parts)
    return "refused";
  std::string result;
  for (const auto part : *parts)
    result += (result.empty() ? "" : "|") + pki::to_hex(part);
  return result;
}

std::string tuple_of(std::string_view hex, std::vector<type> types) {
  const auto serialised = raw(hex);
  return hex_of(tuple(serialised, types));
}

std::string array_of(std::string_view hex, std::size_t most = 100) {
  const auto serialised = raw(hex);
  return hex_of(array(serialised, most));
}

// The serialised forms were written by hand after the GVariant specification, section 2.5.

TEST(gvariant_tuple, finds_the_end_of_each_child_but_the_last_in_its_offsets) {
  // ("hi", [1, 2]): the text ends at 3, the bytes end where the offset begins.
  EXPECT_EQ(tuple_of("686900"
                     "0102"
                     "03",
                     {text, byte_array}),
            "686900|0102");
  // ("a", "b", [1]): two offsets, the first child's at the very end.
  EXPECT_EQ(tuple_of("61006200"
                     "01"
                     "0402",
                     {text, text, byte_array}),
            "6100|6200|01");
}

TEST(gvariant_tuple, aligns_its_children) {
  // ("a", uint32 1): two bytes of padding before the number, which ends where the offset begins.
  EXPECT_EQ(tuple_of("6100"
                     "0000"
                     "00000001"
                     "02",
                     {text, uint32}),
            "6100|00000001");
  EXPECT_EQ(tuple_of("6100"
                     "0001"
                     "00000001"
                     "02",
                     {text, uint32}),
            "refused");
}

TEST(gvariant_tuple, refuses_offsets_that_leave_it_or_go_back_and_bytes_of_nobody) {
  EXPECT_EQ(tuple_of("6869000102ff", {text, byte_array}), "refused");
  EXPECT_EQ(tuple_of("6869000102"
                     "06",
                     {text, byte_array}),
            "refused");
  EXPECT_EQ(tuple_of("61006200"
                     "01"
                     "0104",
                     {text, text, byte_array}),
            "refused");
  EXPECT_EQ(tuple_of("6100"
                     "0000"
                     "00000001"
                     "07"
                     "02",
                     {text, uint32}),
            "refused");
  EXPECT_EQ(tuple_of("", {text, byte_array}), "refused");
  EXPECT_EQ(tuple_of("000000", {uint32, byte_array}), "refused");
}

TEST(gvariant_tuple, takes_two_byte_offsets_above_255_bytes) {
  bytes serialised(300, std::byte{0x61});
  serialised[256] = std::byte{0}; // The text is 257 bytes, so the offset is 0x0101, and 41 bytes are left.
  serialised[298] = std::byte{1};
  serialised[299] = std::byte{1};
  const auto parts = tuple(serialised, std::array{text, byte_array});
  ASSERT_TRUE(parts);
  EXPECT_EQ((*parts)[0].size(), 257u);
  EXPECT_EQ((*parts)[1].size(), 41u);
}

TEST(gvariant_array, ends_each_element_at_its_offset) {
  EXPECT_EQ(array_of(""), "");
  EXPECT_EQ(array_of("6100"
                     "626200"
                     "0205"),
            "6100|626200");
}

TEST(gvariant_array, refuses_offsets_out_of_order_and_too_many_elements) {
  EXPECT_EQ(array_of("6100"
                     "626200"
                     "0605"),
            "refused");
  EXPECT_EQ(array_of("6100"
                     "626200"
                     "030205"),
            "refused");
  EXPECT_EQ(array_of("6100ff"), "refused");
  EXPECT_EQ(array_of("610003"), "refused"); // The offsets would begin behind the end.
  EXPECT_EQ(array_of("6100"
                     "626200"
                     "0205",
                     1),
            "refused");
}

std::string string_of(std::string_view hex) {
  const auto serialised = raw(hex);
  const auto found = string(serialised);
  return found ? "'" + std::string{*found} + "'" : "refused";
}

TEST(gvariant_string, ends_at_its_only_nul) {
  EXPECT_EQ(string_of("00"), "''");
  EXPECT_EQ(string_of("616200"), "'ab'");
  EXPECT_EQ(string_of(""), "refused");
  EXPECT_EQ(string_of("6162"), "refused");
  EXPECT_EQ(string_of("610000"), "refused");
}

TEST(gvariant_string, is_utf_8) {
  EXPECT_EQ(string_of("c3a4e282acf09f9a8000"), "'\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x80'");
  for (const auto* wrong : {"8000",          // a continuation alone
                            "c3",            // cut off
                            "c300",          // cut off before the NUL
                            "c0af00",        // an overlong slash
                            "e08080af00",    // another
                            "eda08000",      // a surrogate
                            "f490808000",    // above U+10FFFF
                            "f8888080af00"}) // five bytes
    EXPECT_EQ(string_of(wrong), "refused") << wrong;
}

TEST(gvariant_numbers, are_big_endian) {
  EXPECT_EQ(big_endian_32(raw("000081a4")), 0100644u);
  EXPECT_EQ(big_endian_64(raw("0102030405060708")), 0x0102030405060708u);
}

} // namespace
} // namespace otafleet::device::gvariant
