#include "pki/digest.hpp"

#include <gtest/gtest.h>

#include "pki/encoding.hpp"

namespace otafleet::pki {
namespace {

// FIPS 180-4's own example, "abc".
constexpr auto abc_256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto abc_512 = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(digest, matches_the_standard_for_abc) {
  EXPECT_EQ(sha256_hex(as_bytes("abc")), abc_256);
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), abc_256);
  EXPECT_EQ(sha512_hex(as_bytes("abc")), abc_512);
}

TEST(digest, of_nothing_is_the_well_known_one) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(hasher, gives_the_same_for_pieces_as_for_the_whole) {
  hasher in_pieces{hash_algorithm::sha256};
  in_pieces.update(as_bytes("a"));
  in_pieces.update({});
  in_pieces.update(as_bytes("bc"));
  EXPECT_EQ(in_pieces.finish_hex(), abc_256);
  hasher wide{hash_algorithm::sha512};
  wide.update(as_bytes("abc"));
  EXPECT_EQ(wide.finish_hex(), abc_512);
}

} // namespace
} // namespace otafleet::pki
