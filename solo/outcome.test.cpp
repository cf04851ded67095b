#include "solo/outcome.hpp"

#include <gtest/gtest.h>

namespace otafleet::solo {
namespace {

using device::milestone;

TEST(outcome, has_no_reason_when_the_machine_is_content) {
  outcome heard;
  heard.hear({milestone::manifest_refused, "http-503", ""});
  const auto end = heard.end(true);
  EXPECT_TRUE(end.ok);
  EXPECT_EQ(end.reason, "");
}

TEST(outcome, gives_the_last_failure_but_not_the_manifest_that_was_refused_after_it) {
  outcome heard;
  heard.hear({milestone::provisioning_failed, "http-409", ""});
  heard.hear({milestone::check_failed, "ExpiredMetadata::targets", "expired in 2017"});
  heard.hear({milestone::manifest_refused, "http-503", ""});
  const auto end = heard.end(false);
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.reason, "ExpiredMetadata::targets");
  EXPECT_EQ(end.detail, "expired in 2017");
}

TEST(outcome, gives_the_refused_manifest_when_nothing_else_failed) {
  outcome heard;
  heard.hear({milestone::manifest_refused, "http-400", ""});
  EXPECT_EQ(heard.end(false).reason, "http-400");
  EXPECT_EQ(heard.end(false).detail, "manifest refused");
}

TEST(outcome, never_leaves_a_failure_without_a_name) {
  EXPECT_EQ(outcome{}.end(false).reason, "failed");
}

} // namespace
} // namespace otafleet::solo
