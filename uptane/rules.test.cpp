#include "uptane/rules.hpp"

#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

// -- the Director's timestamp and snapshot ------------------------------------------

class a_strict_device_of_the_director : public trust_fixture {
protected:
  void SetUp() override {
    director.targets.list = {director_target("fw-1", 10, "primary", "hw")};
    set_versions(5);
    ASSERT_EQ(outcome(trust.accept_root(director.root_text(), strict)), "accepted");
  }

  void set_versions(std::int64_t version) {
    director.targets.version = director.snapshot.version = director.timestamp.version = version;
  }

  std::string timestamp() { return outcome(trust.accept_timestamp(director.timestamp_text(), strict)); }
  std::string snapshot() { return outcome(trust.accept_snapshot(director.snapshot_text(), strict)); }
  std::string targets() { return outcome(trust.accept_targets(director.targets_text(), strict)); }

  /// All three in order; the first that is not accepted.
  std::string cycle() {
    for (const auto& one : {timestamp(), snapshot(), targets()})
      if (one != "accepted")
        return one;
    return "accepted";
  }

  const rules by_rules{.director_timestamp_and_snapshot = true};
  judge strict{pool, watch, by.now, by_rules};
  director_trust trust;
};

TEST_F(a_strict_device_of_the_director, accepts_what_is_in_order) {
  EXPECT_EQ(cycle(), "accepted");
  EXPECT_EQ(watch.happened.back(), "director targets accepted");
  EXPECT_EQ(watch.happened.at(2), "director timestamp begins");
  EXPECT_EQ(outcome(trust.recheck(strict)), "accepted");
  EXPECT_EQ(outcome(trust.check_expiry(strict)), "accepted");
}

TEST_F(a_strict_device_of_the_director, needs_each_document_before_the_next) {
  EXPECT_EQ(targets(), "MetadataFetchFailure::snapshot");
  EXPECT_EQ(snapshot(), "MetadataFetchFailure::timestamp");
  EXPECT_EQ(outcome(director_trust{}.accept_timestamp(director.timestamp_text(), strict)),
            "MetadataFetchFailure::root");
  EXPECT_EQ(outcome(trust.recheck(strict)), "MetadataFetchFailure::timestamp");
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(strict)), "MetadataFetchFailure::snapshot");
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(strict)), "MetadataFetchFailure::targets");
}

TEST_F(a_strict_device_of_the_director, refuses_a_list_that_is_not_the_announced_one) {
  ASSERT_EQ(timestamp(), "accepted");
  ASSERT_EQ(snapshot(), "accepted");
  director.targets.list = {director_target("fw-2", 10, "primary", "hw")};
  EXPECT_EQ(targets(), "SecurityException::targets") << "well signed, but mixed and matched";
  director.snapshot.meta["targets.json"] = R"({"version":6})";
  set_versions(6);
  director.targets.version = 7;
  EXPECT_EQ(cycle(), "VersionMismatch::targets");
}

TEST_F(a_strict_device_of_the_director, refuses_a_frozen_timestamp_and_a_rollback) {
  ASSERT_EQ(cycle(), "accepted");
  director.timestamp.version = 4;
  EXPECT_EQ(timestamp(), "SecurityException::timestamp");
  director.timestamp.version = 6;
  director.timestamp.expires = just_expired;
  EXPECT_EQ(timestamp(), "ExpiredMetadata::timestamp");
}

TEST_F(a_strict_device_of_the_director, refuses_the_timestamp_and_snapshot_of_a_wrong_key) {
  director.timestamp.signers = director.targets.signers;
  EXPECT_EQ(timestamp(), "BadKeyId::timestamp");
  director.timestamp.signers = director.root.roles.at("timestamp").keys;
  director.snapshot.signers = director.targets.signers;
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(snapshot(), "BadKeyId::snapshot");
}

TEST_F(a_strict_device_of_the_director, asks_only_for_what_it_does_not_have) {
  EXPECT_TRUE(trust.needs_snapshot(strict));
  EXPECT_TRUE(trust.needs_targets(strict));
  ASSERT_EQ(cycle(), "accepted");
  director.timestamp.version = 6;
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_FALSE(trust.needs_snapshot(strict));
  EXPECT_FALSE(trust.needs_targets(strict));
  EXPECT_TRUE(trust.needs_targets(by)) << "aktualizr asks on every poll";
  set_versions(7);
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_TRUE(trust.needs_snapshot(strict));
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_TRUE(trust.needs_targets(strict));
}

TEST_F(a_strict_device_of_the_director, has_the_announced_list_in_force_even_when_it_is_empty) {
  ASSERT_EQ(cycle(), "accepted");
  set_versions(6);
  director.targets.list.clear();
  ASSERT_EQ(cycle(), "accepted");
  EXPECT_TRUE(trust.targets()->list.empty());
  EXPECT_EQ(outcome(trust.recheck(strict)), "accepted");
}

TEST_F(a_strict_device_of_the_director, judges_the_dates_of_what_it_did_not_fetch_again) {
  EXPECT_EQ(outcome(trust.check_expiry(strict)), "MetadataFetchFailure::targets");
  director.snapshot.expires = "2026-12-01T00:00:00Z";
  ASSERT_EQ(cycle(), "accepted");
  strict.now = utc_time::parse("2026-12-01T00:00:01Z").value();
  EXPECT_EQ(outcome(trust.check_expiry(strict)), "ExpiredMetadata::snapshot");
  EXPECT_EQ(outcome(trust.recheck(strict)), "ExpiredMetadata::snapshot");
}

TEST_F(a_strict_device_of_the_director, takes_no_older_list_after_it_dropped_one) {
  ASSERT_EQ(cycle(), "accepted");
  trust.drop_targets();
  EXPECT_EQ(trust.targets(), nullptr);
  set_versions(4);
  EXPECT_EQ(timestamp(), "SecurityException::timestamp");
}

// -- a new root ------------------------------------------------------------------------

class a_device_that_keeps_metadata : public trust_fixture {
protected:
  void SetUp() override {
    set_versions(5);
    image.delegate(image.targets, "vendor", {"*"});
    ASSERT_EQ(outcome(trust.accept_root(image.root_text(), keeping)), "accepted");
    ASSERT_EQ(cycle(), "accepted");
    const auto& targets = *trust.targets();
    ASSERT_TRUE(
        trust.accept_delegation(targets.delegations.front(), targets, image.delegation_text("vendor"), keeping));
  }

  void set_versions(std::int64_t version) {
    image.targets.version = image.snapshot.version = image.timestamp.version = version;
  }

  std::string cycle() {
    const auto accepted = trust.accept_timestamp(image.timestamp_text(), keeping)
                              .and_then([&] { return trust.accept_snapshot(image.snapshot_text(), keeping); })
                              .and_then([&] { return trust.accept_targets(image.targets_text(), keeping); });
    return outcome(accepted);
  }

  std::string rotate(role of) {
    image.rotate(of);
    return outcome(trust.accept_root(image.root_text(), keeping));
  }

  const rules by_rules{.keeps_metadata_on_new_root = true};
  judge keeping{pool, watch, by.now, by_rules};
  image_trust trust;
};

TEST_F(a_device_that_keeps_metadata, remembers_all_of_it_when_only_the_roots_key_changes) {
  ASSERT_EQ(rotate(role::root), "accepted");
  EXPECT_EQ(outcome(trust.recheck(keeping)), "accepted");
  EXPECT_NE(trust.delegation("vendor"), nullptr);
  set_versions(4);
  EXPECT_EQ(cycle(), "SecurityException::timestamp") << "no memory loss";
}

TEST_F(a_device_that_keeps_metadata, recovers_from_a_fast_forward_of_the_timestamp_and_the_snapshot) {
  for (const auto of : {role::timestamp, role::snapshot}) {
    ASSERT_EQ(rotate(of), "accepted");
    EXPECT_TRUE(trust.needs_snapshot(keeping));
    EXPECT_NE(trust.targets(), nullptr);
    image.timestamp.version = image.snapshot.version = 1;
    EXPECT_EQ(cycle(), "accepted");
    image.targets.version = 4;
    EXPECT_EQ(cycle(), "SecurityException::targets") << "its own version is remembered";
    image.targets.version = 5;
  }
}

TEST_F(a_device_that_keeps_metadata, forgets_targets_and_delegations_whose_keys_changed) {
  ASSERT_EQ(rotate(role::targets), "accepted");
  EXPECT_EQ(trust.targets(), nullptr);
  EXPECT_EQ(trust.delegation("vendor"), nullptr);
  image.timestamp.version = 4;
  EXPECT_EQ(cycle(), "SecurityException::timestamp");
  image.timestamp.version = 6;
  image.snapshot.version = 6;
  image.targets.version = 1;
  EXPECT_EQ(cycle(), "accepted");
}

TEST_F(a_device_that_keeps_metadata, sees_a_changed_threshold_and_a_changed_key_of_the_same_id) {
  auto signer = image.timestamp.signers.front();
  image.rotate(role::root);
  image.root.roles["timestamp"].threshold = 2;
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), keeping)), "accepted");
  EXPECT_TRUE(trust.needs_snapshot(keeping)) << "there is no timestamp";
  image.root.roles["timestamp"].threshold = 1;
  image.rotate(role::root);
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), keeping)), "accepted");
  ASSERT_EQ(cycle(), "accepted");
  const auto other = image.fresh_signer();
  image.rotate(role::root);
  image.root.roles["timestamp"].keys = {{other.key, signer.id}};
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), keeping)), "accepted");
  EXPECT_TRUE(trust.needs_snapshot(keeping));
}

TEST_F(a_device_that_keeps_metadata, does_so_for_the_director_too) {
  director_trust of_director;
  director.targets.version = 5;
  ASSERT_EQ(outcome(of_director.accept_root(director.root_text(), keeping)), "accepted");
  ASSERT_EQ(outcome(of_director.accept_targets(director.targets_text(), keeping)), "accepted");
  director.rotate(role::root);
  ASSERT_EQ(outcome(of_director.accept_root(director.root_text(), keeping)), "accepted");
  ASSERT_NE(of_director.targets(), nullptr);
  director.targets.version = 4;
  EXPECT_EQ(outcome(of_director.accept_targets(director.targets_text(), keeping)), "SecurityException::targets");
}

// -- what a snapshot lists ---------------------------------------------------------------

class a_device_whose_snapshot_never_goes_back : public trust_fixture {
protected:
  void SetUp() override { ASSERT_EQ(outcome(trust.accept_root(image.root_text(), strict)), "accepted"); }

  std::string accept(std::int64_t version, const json_members& meta, judge& judge_by) {
    image.snapshot.version = image.timestamp.version = version;
    image.snapshot.meta = meta;
    if (const auto timestamp = trust.accept_timestamp(image.timestamp_text(), judge_by); !timestamp)
      return outcome(timestamp);
    const auto result = trust.accept_snapshot(image.snapshot_text(), judge_by);
    if (!result)
      detail = result.error().detail;
    return outcome(result);
  }

  const rules by_rules{.snapshot_never_goes_back = true};
  judge strict{pool, watch, by.now, by_rules};
  image_trust trust;
  std::string detail;
};

TEST_F(a_device_whose_snapshot_never_goes_back, refuses_an_older_version_of_any_role) {
  ASSERT_EQ(accept(1, {{"a.json", R"({"version":3})"}}, strict), "accepted");
  EXPECT_EQ(accept(2, {{"a.json", R"({"version":3})"}}, strict), "accepted") << "equal is no rollback";
  EXPECT_EQ(accept(3, {{"a.json", R"({"version":2})"}}, strict), "SecurityException::snapshot");
  EXPECT_EQ(detail,
            "Rollback attempt: the snapshot lists version 2 of \"a\", of which the one before listed version 3");
  EXPECT_EQ(accept(4, {{"a.json", R"({"version":4})"}, {"b.json", R"({"version":1})"}}, strict), "accepted");
}

TEST_F(a_device_whose_snapshot_never_goes_back, refuses_a_role_listed_no_longer) {
  ASSERT_EQ(accept(1, {{"a.json", R"({"version":3})"}}, strict), "accepted");
  EXPECT_EQ(accept(2, {}, strict), "SecurityException::snapshot");
  EXPECT_EQ(detail, "Rollback attempt: the snapshot lists no longer \"a\", of which the one before listed version 3");
}

TEST_F(a_device_whose_snapshot_never_goes_back, is_stricter_than_the_real_client) {
  ASSERT_EQ(accept(1, {{"a.json", R"({"version":3})"}}, by), "accepted");
  EXPECT_EQ(accept(2, {{"a.json", R"({"version":2})"}}, by), "accepted");
  EXPECT_EQ(accept(3, {}, by), "accepted");
}

} // namespace
} // namespace otafleet::uptane::testing
