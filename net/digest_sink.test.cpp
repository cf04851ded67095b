#include "net/digest_sink.hpp"

#include <gtest/gtest.h>

namespace otafleet::net {
namespace {

// FIPS 180-2, appendices B.1 and C.1, and the digests of nothing.
constexpr auto sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto sha512_of_abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                               "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
constexpr auto sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(digest_sink, hashes_what_comes_in_pieces_as_one) {
  digest_sink sink;
  EXPECT_TRUE(sink.write(as_bytes("a")));
  EXPECT_TRUE(sink.write(as_bytes("bc")));
  EXPECT_EQ(sink.bytes(), 3U);
  EXPECT_EQ(sink.sha256(), sha256_of_abc);
  EXPECT_EQ(sink.sha512(), sha512_of_abc);
}

TEST(digest_sink, goes_on_after_it_has_been_asked) {
  digest_sink sink;
  EXPECT_EQ(sink.sha256(), sha256_of_nothing);
  EXPECT_TRUE(sink.write(as_bytes("ab")));
  EXPECT_NE(sink.sha256(), sha256_of_abc);
  EXPECT_TRUE(sink.write(as_bytes("c")));
  EXPECT_EQ(sink.sha256(), sha256_of_abc);
}

TEST(digest_sink, forgets_everything_on_a_restart) {
  digest_sink sink;
  EXPECT_TRUE(sink.write(as_bytes("what was wrong")));
  sink.restart();
  EXPECT_EQ(sink.bytes(), 0U);
  EXPECT_EQ(sink.sha256(), sha256_of_nothing);
  EXPECT_TRUE(sink.write(as_bytes("abc")));
  EXPECT_EQ(sink.sha512(), sha512_of_abc);
}

} // namespace
} // namespace otafleet::net
