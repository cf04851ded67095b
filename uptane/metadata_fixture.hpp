// What the tests of parsing share: two repositories to write documents with. For tests only.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "uptane/metadata.hpp"
#include "uptane/test_repository.hpp"

namespace otafleet::uptane::testing {

class metadata : public ::testing::Test {
protected:
  template <class Document>
  static std::string outcome(const tl::expected<Document, failure>& of) {
    return of ? "parsed" : of.error().name() + ": " + of.error().detail;
  }

  std::string root_outcome() const { return outcome(parse_root(repository::director, director.root_text())); }
  std::string targets_outcome() const { return outcome(parse_targets(repository::director, director.targets_text())); }
  std::string snapshot_outcome() const { return outcome(parse_snapshot(repository::image, image.snapshot_text())); }
  std::string timestamp_outcome() const { return outcome(parse_timestamp(repository::image, image.timestamp_text())); }

  /// The one target `fw`, as raw JSON.
  std::string with_target(const std::string& raw) {
    director.targets.members["targets"] = json_object({{"fw", raw}});
    return targets_outcome();
  }

  static std::string target_with_custom(const std::string& custom) {
    return json_object(
        {{"custom", custom}, {"hashes", json_object({{"sha256", json_text(std::string(64, 'a'))}})}, {"length", "1"}});
  }

  test_repository director{repository::director, pki::key_type::ed25519};
  test_repository image{repository::image, pki::key_type::ed25519};
};

} // namespace otafleet::uptane::testing
