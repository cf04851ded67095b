#include "uptane/secondary.hpp"

#include <algorithm>
#include <initializer_list>

#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class a_secondary : public trust_fixture {
protected:
  void SetUp() override {
    director.targets.list = {director_target("fw-1", 10, "secondary", "hw"),
                             director_target("fw-2", 20, "primary", "hw-p")};
    image.targets.list = {image_target("fw-1", 10, {"hw"}), image_target("fw-2", 20, {"hw-p"})};
    ASSERT_EQ(outcome(director_of_primary.accept_root(director.root_text(), by)), "accepted");
    ASSERT_EQ(outcome(image_of_primary.accept_root(image.root_text(), by)), "accepted");
    poll();
  }

  /// The primary takes what the repositories have now.
  void poll() {
    ASSERT_EQ(outcome(director_of_primary.accept_targets(director.targets_text(), by)), "accepted");
    ASSERT_EQ(outcome(image_of_primary.accept_timestamp(image.timestamp_text(), by)), "accepted");
    ASSERT_EQ(outcome(image_of_primary.accept_snapshot(image.snapshot_text(), by)), "accepted");
    ASSERT_EQ(outcome(image_of_primary.accept_targets(image.targets_text(), by)), "accepted");
  }

  void raise_versions() {
    for (document_plan* plan :
         std::initializer_list<document_plan*>{&director.targets, &image.targets, &image.snapshot, &image.timestamp})
      ++plan->version;
  }

  std::string put(std::string_view serial = "secondary", std::string_view hardware_id = "hw") {
    return outcome(ecu.put_metadata(director_of_primary, image_of_primary, serial, hardware_id, by));
  }

  director_trust director_of_primary;
  image_trust image_of_primary;
  secondary_trust ecu;
};

TEST_F(a_secondary, verifies_everything_itself) {
  watch.checked.clear();
  EXPECT_EQ(ecu.assigned("secondary"), nullptr);
  EXPECT_EQ(put(), "accepted");
  EXPECT_EQ(watch.checked,
            (std::vector<role>{role::root, role::targets, role::root, role::timestamp, role::snapshot, role::targets}));
  ASSERT_NE(ecu.assigned("secondary"), nullptr);
  EXPECT_EQ(ecu.assigned("secondary")->filename, "fw-1");
  EXPECT_EQ(ecu.assigned("other"), nullptr);
  EXPECT_EQ(outcome(ecu.director.recheck(by)), "accepted");
  EXPECT_EQ(outcome(ecu.image.recheck(by)), "accepted");
}

TEST_F(a_secondary, accepts_the_same_again_and_what_is_newer) {
  ASSERT_EQ(put(), "accepted");
  EXPECT_EQ(put(), "accepted");
  raise_versions();
  poll();
  EXPECT_EQ(put(), "accepted");
  EXPECT_EQ(ecu.director.targets()->version, 2);
  EXPECT_EQ(ecu.image.targets()->version, 2);
}

TEST_F(a_secondary, follows_the_roots_from_its_own_on) {
  ASSERT_EQ(put(), "accepted");
  for (int rotations = 0; rotations < 2; ++rotations) {
    director.rotate(role::root);
    image.rotate(role::root);
    ASSERT_EQ(outcome(director_of_primary.accept_root(director.root_text(), by)), "accepted");
    ASSERT_EQ(outcome(image_of_primary.accept_root(image.root_text(), by)), "accepted");
  }
  poll();
  watch.checked.clear();
  EXPECT_EQ(put(), "accepted");
  EXPECT_EQ(ecu.director.roots().next_version(), 4);
  EXPECT_EQ(ecu.image.roots().roots().size(), 3U);
  EXPECT_EQ(std::ranges::count(watch.checked, role::root), 8) << "two roots of two repositories, each twice";
}

TEST_F(a_secondary, that_saw_newer_metadata_takes_none_that_is_older) {
  ASSERT_EQ(put(), "accepted");
  raise_versions();
  poll();
  ASSERT_EQ(put(), "accepted");
  // The primary was tricked into an older state.
  director_of_primary = {};
  image_of_primary = {};
  ASSERT_TRUE(director_of_primary.accept_root(director.root_text(), by));
  ASSERT_TRUE(image_of_primary.accept_root(image.root_text(), by));
  director.targets.version = 1;
  poll();
  EXPECT_EQ(put(), "SecurityException::targets");
  EXPECT_EQ(ecu.director.targets()->version, 2);
  director.targets.version = 3;
  image.timestamp.version = 1;
  image_of_primary = {};
  ASSERT_TRUE(image_of_primary.accept_root(image.root_text(), by));
  poll();
  EXPECT_EQ(put(), "SecurityException::timestamp");
  EXPECT_EQ(outcome(ecu.image.recheck(by)), "accepted");
}

TEST_F(a_secondary, does_not_believe_a_primary_that_trusts_other_roots) {
  ASSERT_EQ(put(), "accepted");
  director.set_keys(role::targets, {director.fresh_signer()}, 1);
  director.targets.version = 9;
  director_of_primary = {};
  ASSERT_TRUE(director_of_primary.accept_root(director.root_text(), by)) << "another first root";
  ASSERT_TRUE(director_of_primary.accept_targets(director.targets_text(), by));
  EXPECT_EQ(put(), "BadKeyId::targets");
  EXPECT_EQ(ecu.director.targets()->version, 1);
}

TEST_F(a_secondary, judges_dates_itself) {
  ASSERT_EQ(put(), "accepted");
  director.targets.expires = "2026-12-01T00:00:00Z";
  raise_versions();
  poll();
  by.now = utc_time::parse("2026-12-01T00:00:01Z").value();
  EXPECT_EQ(put(), "ExpiredMetadata::targets");
  by.now = utc_time::parse("2038-01-19T03:14:07Z").value();
  EXPECT_EQ(put(), "ExpiredMetadata::root");
}

TEST_F(a_secondary, wants_a_target_of_its_own_for_its_hardware) {
  EXPECT_EQ(put("stranger"), "TargetMismatch");
  EXPECT_EQ(put("secondary", "other hw"), "BadHardwareId");
}

TEST_F(a_secondary, wants_its_target_in_the_image_repositorys_top_level_list) {
  image.delegate(image.targets, "vendor", {"*"}).list = {image_target("fw-1", 10, {"hw"})};
  image.targets.list = {image_target("fw-1", 11, {"hw"})};
  raise_versions();
  poll();
  EXPECT_EQ(put(), "TargetMismatch") << "it follows no delegations";
}

TEST_F(a_secondary, needs_a_primary_that_has_something) {
  director_of_primary = {};
  EXPECT_EQ(put(), "MetadataFetchFailure::root");
  ASSERT_TRUE(director_of_primary.accept_root(director.root_text(), by));
  EXPECT_EQ(put(), "MetadataFetchFailure::targets");
  ASSERT_TRUE(director_of_primary.accept_targets(director.targets_text(), by));
  image_of_primary = {};
  EXPECT_EQ(put(), "MetadataFetchFailure::root");
  ASSERT_TRUE(image_of_primary.accept_root(image.root_text(), by));
  EXPECT_EQ(put(), "MetadataFetchFailure::timestamp");
  ASSERT_TRUE(image_of_primary.accept_timestamp(image.timestamp_text(), by));
  EXPECT_EQ(put(), "MetadataFetchFailure::snapshot");
  ASSERT_TRUE(image_of_primary.accept_snapshot(image.snapshot_text(), by));
  EXPECT_EQ(put(), "MetadataFetchFailure::targets");
}

TEST_F(a_secondary, by_the_standards_rules_checks_the_directors_snapshot_too) {
  const rules by_rules{.director_timestamp_and_snapshot = true};
  judge strict{pool, watch, by.now, by_rules};
  const auto put_strictly = [&] {
    return outcome(ecu.put_metadata(director_of_primary, image_of_primary, "secondary", "hw", strict));
  };
  EXPECT_EQ(put_strictly(), "MetadataFetchFailure::timestamp");
  ASSERT_TRUE(director_of_primary.accept_timestamp(director.timestamp_text(), strict));
  ASSERT_TRUE(director_of_primary.accept_snapshot(director.snapshot_text(), strict));
  EXPECT_EQ(put_strictly(), "accepted");
  EXPECT_EQ(put_strictly(), "accepted");
  EXPECT_EQ(outcome(ecu.director.recheck(strict)), "accepted");
}

} // namespace
} // namespace otafleet::uptane::testing
