#include "uptane/terms.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace otafleet::uptane {
namespace {

TEST(utc_time, reads_exactly_twenty_characters) {
  EXPECT_EQ(utc_time::parse("1970-01-01T00:00:00Z").value().unix_seconds(), 0);
  EXPECT_EQ(utc_time::parse("2026-11-24T09:00:00Z").value().unix_seconds(), 1795510800);
  EXPECT_EQ(utc_time::parse("2024-02-29T23:59:59Z").value().unix_seconds(), 1709251199);
  EXPECT_EQ(utc_time::parse("3021-07-04T00:00:00Z").value().text(), "3021-07-04T00:00:00Z");
}

TEST(utc_time, refuses_every_other_way_to_write_a_date) {
  for (const auto* const text :
       {"", "2026-11-24", "2026-11-24T09:00:00", "2026-11-24T09:00:00.0Z", "2026-11-24T09:00:00+0",
        "2026-11-24 09:00:00Z", "2026-11-24T09:00:00z", "2026/11/24T09:00:00Z", "+026-11-24T09:00:00Z",
        "2026-11-24T9:000:00Z", "2026-11-24T09:00:00Z ", " 026-11-24T09:00:00Z"})
    EXPECT_FALSE(utc_time::parse(text)) << text;
}

TEST(utc_time, refuses_dates_that_do_not_exist) {
  for (const auto* const text : {"2026-02-29T00:00:00Z", "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z",
                                 "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
                                 "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1900-02-29T00:00:00Z"})
    EXPECT_FALSE(utc_time::parse(text)) << text;
}

TEST(utc_time, orders_like_its_text) {
  EXPECT_LT(utc_time::parse("2026-11-24T08:59:59Z").value(), utc_time::parse("2026-11-24T09:00:00Z").value());
  EXPECT_LT(utc_time::parse("1969-12-31T23:59:59Z").value(), utc_time::parse("1970-01-01T00:00:00Z").value());
  EXPECT_EQ(utc_time::parse("2026-11-24T09:00:00Z").value(), utc_time::from_unix_seconds(1795510800));
}

TEST(utc_time, writes_what_it_read_and_nothing_beyond_the_year_9999) {
  for (const auto* const text : {"0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"})
    EXPECT_EQ(utc_time::parse(text).value().text(), text);
  EXPECT_EQ(utc_time::from_unix_seconds(std::numeric_limits<std::int64_t>::max()).text(), "9999-12-31T23:59:59Z");
  EXPECT_EQ(utc_time::from_unix_seconds(std::numeric_limits<std::int64_t>::min()).text(), "0000-01-01T00:00:00Z");
}

TEST(terms, are_named_as_in_metrics_and_file_names) {
  EXPECT_EQ(to_string(repository::director), "director");
  EXPECT_EQ(to_string(repository::image), "image");
  EXPECT_EQ(to_string(role::root), "root");
  EXPECT_EQ(to_string(role::targets), "targets");
  EXPECT_EQ(to_string(role::snapshot), "snapshot");
  EXPECT_EQ(to_string(role::timestamp), "timestamp");
}

} // namespace
} // namespace otafleet::uptane
