#include "server-stub/byte_range.hpp"

#include <gtest/gtest.h>

namespace otafleet::stub {
namespace {

using kind = byte_range::kind;

void expect_part(std::string_view header, std::uint64_t offset, std::uint64_t length) {
  const auto range = read_range(header, 1000);
  EXPECT_EQ(range.what, kind::part) << header;
  EXPECT_EQ(range.offset, offset) << header;
  EXPECT_EQ(range.length, length) << header;
}

TEST(byte_range, reads_the_three_forms) {
  expect_part("bytes=0-0", 0, 1);
  expect_part("bytes=200-299", 200, 100);
  expect_part("bytes=200-", 200, 800);
  expect_part("bytes=999-5000", 999, 1);
  expect_part("bytes=-1", 999, 1);
  expect_part("bytes=-5000", 0, 1000);
}

TEST(byte_range, cannot_begin_behind_the_end) {
  for (const auto* header : {"bytes=1000-", "bytes=1000-1001", "bytes=-0"})
    EXPECT_EQ(read_range(header, 1000).what, kind::unsatisfiable) << header;
  EXPECT_EQ(read_range("bytes=0-", 0).what, kind::unsatisfiable);
}

TEST(byte_range, answers_everything_else_with_the_whole) {
  for (const auto* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6", "lines=0-1",
                             "bytes=18446744073709551616-", "bytes= 0-1", "bytes=0"})
    EXPECT_EQ(read_range(header, 1000).what, kind::whole) << header;
}

} // namespace
} // namespace otafleet::stub
