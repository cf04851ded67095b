#include "server-stub/audit_log.hpp"

#include <gtest/gtest.h>

namespace otafleet::stub {
namespace {

std::int64_t noon() {
  return 1'800'000'000;
}

TEST(audit_log, pages_by_number) {
  audit_log log{noon};
  EXPECT_TRUE(log.page(0, 10).empty());
  for (const char* subject : {"a", "b", "c"})
    log.record("qa", "operator", "upload", subject, "added");
  const auto page = log.page(1, 1);
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].number, 2u);
  EXPECT_EQ(page[0].subject, "b");
  EXPECT_EQ(page[0].time, 1'800'000'000);
  EXPECT_EQ(log.page(0, 10).size(), 3u);
  EXPECT_TRUE(log.page(3, 10).empty());
  EXPECT_TRUE(log.page(UINT64_MAX, 10).empty());
}

TEST(audit_log, shows_by_the_numbers_what_it_no_longer_holds) {
  audit_log log{noon};
  for (std::size_t at = 0; at < audit_log::capacity + 5; ++at)
    log.record("qa", "operator", "upload", "x", "added");
  EXPECT_EQ(log.page(0, 1).front().number, 6u);
  EXPECT_EQ(log.page(0, 100'000).size(), audit_log::capacity);
}

TEST(audit_log, cuts_what_a_client_made_too_long) {
  audit_log log{noon};
  log.record("qa", std::string(1'000, 'a'), "x", "y", "z");
  EXPECT_EQ(log.page(0, 1).front().actor.size(), 256u);
}

} // namespace
} // namespace otafleet::stub
