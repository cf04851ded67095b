#include "uptane/recent_keys.hpp"

#include <gtest/gtest.h>

namespace otafleet::uptane {
namespace {

class recent : public ::testing::Test {
protected:
  bool knows(std::string_view text) { return keys.find(text).has_value(); }

  pki::public_key some_key = pki::private_key::generate(pki::key_type::ed25519).value().public_part();
  recent_keys keys{3};
};

TEST_F(recent, keys_are_found_by_their_whole_text) {
  keys.remember("abc", some_key);
  ASSERT_TRUE(knows("abc"));
  EXPECT_EQ(keys.find("abc")->raw_ed25519(), some_key.raw_ed25519());
  EXPECT_FALSE(knows("ab"));
  EXPECT_FALSE(knows("abcd"));
}

TEST_F(recent, keys_are_never_more_than_two_generations) {
  for (int number = 0; number < 1000; ++number)
    keys.remember(std::to_string(number), some_key);
  EXPECT_LE(keys.size(), 6U);
  EXPECT_TRUE(knows("999"));
  EXPECT_FALSE(knows("0"));
}

TEST_F(recent, keys_stay_while_they_are_in_use) {
  keys.remember("in use", some_key);
  for (int number = 0; number < 1000; ++number) {
    keys.remember(std::to_string(number), some_key);
    ASSERT_TRUE(knows("in use")) << number;
  }
}

TEST_F(recent, keys_are_not_kept_for_texts_of_any_length) {
  keys.remember(std::string(recent_keys::longest_text + 1, 'x'), some_key);
  EXPECT_EQ(keys.size(), 0U);
}

} // namespace
} // namespace otafleet::uptane
