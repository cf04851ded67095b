#include "uptane/target.hpp"

#include <gtest/gtest.h>

namespace otafleet::uptane {
namespace {

target from_director() {
  target one;
  one.filename = "fw-1.bin";
  one.length = 5;
  one.hashes.sha256 = "aa";
  one.ecus = {{"primary", "hw-1"}};
  return one;
}

target from_image() {
  auto one = from_director();
  one.ecus.clear();
  one.hardware_ids = {"hw-0", "hw-1"};
  return one;
}

TEST(target_match, joins_a_directors_target_with_the_image_repositorys) {
  EXPECT_TRUE(matches(from_director(), from_image()));
  EXPECT_TRUE(matches(from_image(), from_director()));
  EXPECT_TRUE(matches(from_director(), from_director()));
  EXPECT_TRUE(matches(from_image(), from_image()));
}

TEST(target_match, wants_the_same_name_and_length) {
  auto other = from_image();
  other.filename = "fw-2.bin";
  EXPECT_FALSE(matches(from_director(), other));
  other = from_image();
  other.length = 6;
  EXPECT_FALSE(matches(from_director(), other));
}

TEST(target_match, wants_one_common_hash_and_no_contradiction) {
  auto other = from_image();
  other.hashes = {"", "bb"};
  EXPECT_FALSE(matches(from_director(), other)) << "nothing in common";
  other.hashes = {"aa", "bb"};
  EXPECT_TRUE(matches(from_director(), other)) << "the Director gives no sha512 to contradict";
  auto both = from_director();
  both.hashes = {"aa", "cc"};
  EXPECT_FALSE(matches(both, other)) << "sha512 contradicts";
  both.hashes = {"ab", "bb"};
  EXPECT_FALSE(matches(both, other)) << "sha256 contradicts";
}

TEST(target_match, wants_every_ecus_hardware_among_those_of_the_image) {
  auto one = from_director();
  one.ecus["secondary"] = "hw-2";
  EXPECT_FALSE(matches(one, from_image()));
  auto other = from_image();
  other.hardware_ids.emplace_back("hw-2");
  EXPECT_TRUE(matches(one, other));
}

TEST(target_match, is_lost_when_an_installed_file_is_listed_for_other_ecus) {
  auto other = from_director();
  other.ecus["secondary"] = "hw-1";
  EXPECT_FALSE(matches(from_director(), other));
}

TEST(target_match, needs_hardware_on_one_side_when_the_other_names_ecus) {
  auto bare = from_image();
  bare.hardware_ids.clear();
  EXPECT_FALSE(matches(from_director(), bare));
  auto mixed = from_image();
  mixed.ecus = from_director().ecus;
  EXPECT_FALSE(matches(from_director(), mixed));
}

TEST(target_format, is_ostree_by_name_or_by_having_neither_format_nor_length) {
  target one;
  EXPECT_TRUE(one.is_ostree());
  one.length = 1;
  EXPECT_FALSE(one.is_ostree());
  one.format = "OSTREE";
  EXPECT_TRUE(one.is_ostree());
  one.format = "BINARY";
  one.length = 0;
  EXPECT_FALSE(one.is_ostree());
}

TEST(url_encoded, keeps_slashes_and_unreserved_characters) {
  EXPECT_EQ(url_encoded("a/b-c.d_e~f09AZ"), "a/b-c.d_e~f09AZ");
  EXPECT_EQ(url_encoded("dir a/fw+1 é.bin"), "dir%20a/fw%2B1%20%C3%A9.bin");
  EXPECT_EQ(url_encoded("%:?#\xFF"), "%25%3A%3F%23%FF");
}

} // namespace
} // namespace otafleet::uptane
