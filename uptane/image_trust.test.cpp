#include "pki/digest.hpp"
#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class a_device_of_the_image_repository : public trust_fixture {
protected:
  void SetUp() override {
    image.targets.list = {image_target("fw-1", 10, {"hw"})};
    set_versions(5);
    ASSERT_EQ(outcome(trust.accept_root(image.root_text(), by)), "accepted");
  }

  void set_versions(std::int64_t version) {
    image.targets.version = image.snapshot.version = image.timestamp.version = version;
  }

  std::string timestamp() { return outcome(trust.accept_timestamp(image.timestamp_text(), by)); }
  std::string snapshot() { return outcome(trust.accept_snapshot(image.snapshot_text(), by)); }
  std::string targets() { return outcome(trust.accept_targets(image.targets_text(), by)); }

  /// All three in order; the first that is not accepted.
  std::string cycle() {
    for (const auto& one : {timestamp(), snapshot(), targets()})
      if (one != "accepted")
        return one;
    return "accepted";
  }

  /// An entry of `meta` for `text`.
  static std::string entry(std::string_view text, std::string_view sha256, std::int64_t version) {
    return json_object({{"hashes", json_object({{"sha256", json_text(sha256)}})},
                        {"length", std::to_string(text.size())},
                        {"version", std::to_string(version)}});
  }

  static std::string hash(std::string_view text) { return pki::sha256_hex(as_bytes(text)); }

  image_trust trust;
};

TEST_F(a_device_of_the_image_repository, accepts_what_is_in_order) {
  EXPECT_EQ(cycle(), "accepted");
  ASSERT_NE(trust.targets(), nullptr);
  EXPECT_EQ(trust.targets()->list.front().filename, "fw-1");
  EXPECT_EQ(watch.happened,
            (std::vector<std::string>{"image root begins", "image root accepted", "image timestamp begins",
                                      "image timestamp accepted", "image snapshot begins", "image snapshot accepted",
                                      "image targets begins", "image targets accepted"}));
  EXPECT_EQ(watch.checked, (std::vector<role>{role::root, role::timestamp, role::snapshot, role::targets}));
}

TEST_F(a_device_of_the_image_repository, needs_each_document_before_the_next) {
  image_trust fresh;
  EXPECT_EQ(outcome(fresh.accept_timestamp(image.timestamp_text(), by)), "MetadataFetchFailure::root");
  EXPECT_EQ(snapshot(), "MetadataFetchFailure::timestamp");
  EXPECT_EQ(targets(), "MetadataFetchFailure::snapshot");
}

// -- timestamp: I2 to I4 ---------------------------------------------------------

TEST_F(a_device_of_the_image_repository, refuses_a_timestamp_with_a_wrong_signature_i2) {
  image.timestamp.signers = {image.fresh_signer()};
  EXPECT_EQ(timestamp(), "BadKeyId::timestamp");
  image.timestamp.signers.clear();
  EXPECT_EQ(timestamp(), "UnmetThreshold::timestamp");
}

TEST_F(a_device_of_the_image_repository, refuses_a_timestamp_without_what_it_needs_i2) {
  const auto text = image.snapshot_text();
  image.timestamp.meta["snapshot.json"] = json_object({{"length", "1"}, {"version", "5"}});
  const auto result = trust.accept_timestamp(image.timestamp_text(), by);
  ASSERT_EQ(outcome(result), "InvalidMetadata::timestamp");
  EXPECT_EQ(result.error().detail, "invalid timestamp.json: hashes of \"snapshot.json\" is missing");
  image.timestamp.meta["snapshot.json"] = json_object({{"hashes", "{}"}, {"version", "5"}});
  EXPECT_EQ(timestamp(), "InvalidMetadata::timestamp");
  image.timestamp.meta["snapshot.json"] = json_object({{"hashes", "{}"}, {"length", "1"}});
  EXPECT_EQ(timestamp(), "InvalidMetadata::timestamp");
  image.timestamp.meta["snapshot.json"].clear();
  EXPECT_EQ(timestamp(), "InvalidMetadata::timestamp");
}

TEST_F(a_device_of_the_image_repository, refuses_another_roles_document_as_timestamp_i2) {
  image.timestamp.members["_type"] = json_text("Snapshot");
  EXPECT_EQ(timestamp(), "SecurityException::timestamp");
}

TEST_F(a_device_of_the_image_repository, refuses_a_timestamp_rollback_i3) {
  ASSERT_EQ(timestamp(), "accepted");
  image.timestamp.version = 4;
  EXPECT_EQ(timestamp(), "SecurityException::timestamp");
  image.timestamp.version = 5;
  EXPECT_EQ(timestamp(), "accepted") << "equal is no rollback";
  image.timestamp.version = 6;
  EXPECT_EQ(timestamp(), "accepted");
}

TEST_F(a_device_of_the_image_repository, refuses_a_frozen_timestamp_i4) {
  image.timestamp.expires = just_expired;
  EXPECT_EQ(timestamp(), "ExpiredMetadata::timestamp");
  image.timestamp.expires = expiring_now;
  EXPECT_EQ(timestamp(), "accepted");
}

TEST_F(a_device_of_the_image_repository, remembers_nothing_of_a_timestamp_that_it_refused) {
  image.timestamp.version = 9;
  image.timestamp.expires = just_expired;
  ASSERT_EQ(timestamp(), "ExpiredMetadata::timestamp");
  image.timestamp.version = 5;
  image.timestamp.expires = expiring_now;
  EXPECT_EQ(timestamp(), "accepted");
}

// -- snapshot: I5 to I8 ----------------------------------------------------------

TEST_F(a_device_of_the_image_repository, asks_for_a_snapshot_only_when_its_own_is_not_the_announced_one_i5) {
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_TRUE(trust.needs_snapshot(by));
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_FALSE(trust.needs_snapshot(by));
  image.timestamp.version = 6;
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_FALSE(trust.needs_snapshot(by)) << "a new timestamp over the same snapshot";
  image.snapshot.version = 6;
  image.timestamp.version = 7;
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_TRUE(trust.needs_snapshot(by));
}

TEST_F(a_device_of_the_image_repository, checks_its_stored_snapshots_signature_again_i5) {
  ASSERT_EQ(cycle(), "accepted");
  watch.checked.clear();
  EXPECT_FALSE(trust.needs_snapshot(by));
  EXPECT_FALSE(trust.needs_targets(by));
  EXPECT_EQ(watch.checked, (std::vector<role>{role::snapshot, role::targets}));
}

TEST_F(a_device_of_the_image_repository, refuses_a_snapshot_that_is_not_the_announced_one_i6) {
  ASSERT_EQ(timestamp(), "accepted");
  image.snapshot.expires = "2038-01-19T03:14:07Z";
  const auto result = trust.accept_snapshot(image.snapshot_text(), by);
  ASSERT_EQ(outcome(result), "SecurityException::snapshot")
      << "well signed, of the right version, but mixed and matched";
  EXPECT_EQ(result.error().detail, "Snapshot metadata hash verification failed");
}

TEST_F(a_device_of_the_image_repository, checks_each_hash_that_the_timestamp_gives_i6) {
  const auto text = image.snapshot_text();
  const auto sha256 = hash(text);
  const auto sha512 = pki::sha512_hex(as_bytes(text));
  const auto announce = [&](const json_members& hashes) {
    image.timestamp.meta["snapshot.json"] =
        json_object({{"hashes", json_object(hashes)}, {"length", std::to_string(text.size())}, {"version", "5"}});
    EXPECT_EQ(timestamp(), "accepted");
    return snapshot();
  };
  const auto wrong256 = json_text(std::string(64, '0'));
  const auto wrong512 = json_text(std::string(128, '0'));
  EXPECT_EQ(announce({{"sha256", json_text(sha256)}, {"sha512", wrong512}}), "SecurityException::snapshot");
  EXPECT_EQ(announce({{"sha256", wrong256}, {"sha512", json_text(sha512)}}), "SecurityException::snapshot");
  EXPECT_EQ(announce({}), "SecurityException::snapshot") << "no hash at all";
  EXPECT_EQ(announce({{"blake2b", json_text("00")}}), "SecurityException::snapshot") << "none that is known";
  EXPECT_EQ(announce({{"sha512", json_text(sha512)}}), "accepted") << "one is enough";
}

TEST_F(a_device_of_the_image_repository, refuses_a_snapshot_longer_than_announced_i6) {
  const auto text = image.snapshot_text();
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(trust.snapshot_limit(), text.size());
  EXPECT_EQ(outcome(trust.accept_snapshot(text + " ", by)), "MetadataFetchFailure::snapshot");
}

TEST_F(a_device_of_the_image_repository, bounds_a_snapshot_whatever_the_timestamp_says) {
  EXPECT_EQ(trust.snapshot_limit(), 65536U) << "nothing announced yet";
  const auto limit_for = [&](const std::string& length) {
    image.timestamp.meta["snapshot.json"] = json_object({{"hashes", "{}"}, {"length", length}, {"version", "5"}});
    EXPECT_EQ(timestamp(), "accepted");
    return trust.snapshot_limit();
  };
  EXPECT_EQ(limit_for("0"), 65536U);
  EXPECT_EQ(limit_for("-1"), 65536U);
  EXPECT_EQ(limit_for("70000"), 70000U);
  EXPECT_EQ(limit_for("9223372036854775807"), 8U * 1024 * 1024);
}

TEST_F(a_device_of_the_image_repository, refuses_a_snapshot_with_a_wrong_signature_i7) {
  image.snapshot.signers = {image.fresh_signer()};
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(snapshot(), "BadKeyId::snapshot") << "its hash is the announced one";
  EXPECT_TRUE(trust.needs_snapshot(by));
}

TEST_F(a_device_of_the_image_repository, refuses_a_snapshot_of_another_version_than_announced_i7) {
  const auto text = image.snapshot_text();
  image.timestamp.meta["snapshot.json"] = entry(text, hash(text), 6);
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(snapshot(), "VersionMismatch::snapshot");
}

TEST_F(a_device_of_the_image_repository, names_a_wrong_hash_before_a_wrong_signature_and_that_before_wrong_content) {
  image.snapshot.members["meta"] = "[]";
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(snapshot(), "InvalidMetadata::snapshot");
  image.snapshot.signers = {image.fresh_signer()};
  EXPECT_EQ(snapshot(), "SecurityException::snapshot");
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(snapshot(), "BadKeyId::snapshot");
}

TEST_F(a_device_of_the_image_repository, refuses_a_snapshot_rollback_i8) {
  ASSERT_EQ(cycle(), "accepted");
  image.snapshot.version = 4;
  image.timestamp.version = 6;
  ASSERT_EQ(timestamp(), "accepted");
  const auto result = trust.accept_snapshot(image.snapshot_text(), by);
  ASSERT_EQ(outcome(result), "SecurityException::snapshot");
  EXPECT_EQ(result.error().detail, "Rollback attempt: version 4 after version 5");
}

TEST_F(a_device_of_the_image_repository, refuses_a_frozen_snapshot_i8) {
  image.snapshot.expires = just_expired;
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(snapshot(), "ExpiredMetadata::snapshot");
}

// -- targets: I9 to I12 ----------------------------------------------------------

TEST_F(a_device_of_the_image_repository, asks_for_targets_only_when_its_own_are_not_the_announced_ones_i9) {
  ASSERT_EQ(timestamp(), "accepted");
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_TRUE(trust.needs_targets(by));
  ASSERT_EQ(targets(), "accepted");
  EXPECT_FALSE(trust.needs_targets(by));
  set_versions(6);
  ASSERT_EQ(timestamp(), "accepted");
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_TRUE(trust.needs_targets(by));
}

TEST_F(a_device_of_the_image_repository, refuses_targets_that_are_not_the_announced_ones_i10) {
  ASSERT_EQ(timestamp(), "accepted");
  ASSERT_EQ(snapshot(), "accepted");
  image.targets.list = {image_target("fw-1", 11, {"hw"})};
  const auto result = trust.accept_targets(image.targets_text(), by);
  ASSERT_EQ(outcome(result), "SecurityException::targets");
  EXPECT_EQ(result.error().detail, "Snapshot hash mismatch for targets metadata");
}

TEST_F(a_device_of_the_image_repository, needs_no_hash_of_the_targets_i10) {
  image.snapshot.meta["targets.json"] = json_object({{"version", "5"}});
  EXPECT_EQ(cycle(), "accepted");
}

TEST_F(a_device_of_the_image_repository, ignores_the_length_that_a_snapshot_gives_i10) {
  image.snapshot.meta["targets.json"] = json_object({{"length", "1"}, {"version", "5"}});
  EXPECT_EQ(cycle(), "accepted");
}

TEST_F(a_device_of_the_image_repository, refuses_targets_with_a_wrong_signature_i11) {
  image.targets.signers = {image.fresh_signer()};
  EXPECT_EQ(cycle(), "BadKeyId::targets");
}

TEST_F(a_device_of_the_image_repository, refuses_targets_of_another_version_than_announced_i11) {
  const auto text = image.targets_text();
  image.snapshot.meta["targets.json"] = entry(text, hash(text), 6);
  EXPECT_EQ(cycle(), "VersionMismatch::targets");
}

TEST_F(a_device_of_the_image_repository, refuses_targets_that_the_snapshot_does_not_list_i11) {
  image.snapshot.meta["targets.json"].clear();
  EXPECT_EQ(cycle(), "VersionMismatch::targets");
}

TEST_F(a_device_of_the_image_repository, names_a_wrong_hash_of_targets_before_wrong_content) {
  image.targets.members["targets"] = "[]";
  EXPECT_EQ(cycle(), "InvalidMetadata::targets");
  image.targets.members["targets"] = "7";
  EXPECT_EQ(targets(), "SecurityException::targets");
}

TEST_F(a_device_of_the_image_repository, refuses_a_targets_rollback_i12) {
  ASSERT_EQ(cycle(), "accepted");
  image.targets.version = 4;
  image.snapshot.version = image.timestamp.version = 6;
  ASSERT_EQ(timestamp(), "accepted");
  ASSERT_EQ(snapshot(), "accepted");
  const auto result = trust.accept_targets(image.targets_text(), by);
  ASSERT_EQ(outcome(result), "SecurityException::targets");
  EXPECT_EQ(result.error().detail, "Rollback attempt: version 4 after version 5");
  EXPECT_EQ(trust.targets()->version, 5);
}

TEST_F(a_device_of_the_image_repository, refuses_frozen_targets_i12) {
  image.targets.expires = just_expired;
  EXPECT_EQ(cycle(), "ExpiredMetadata::targets");
}

// -- together --------------------------------------------------------------------

TEST_F(a_device_of_the_image_repository, judges_the_dates_of_what_it_did_not_fetch_again) {
  image.snapshot.expires = "2026-12-01T00:00:00Z";
  image.targets.expires = "2026-12-02T00:00:00Z";
  ASSERT_EQ(cycle(), "accepted");
  EXPECT_EQ(outcome(trust.check_expiry(by)), "accepted");
  by.now = utc_time::parse("2026-12-01T00:00:01Z").value();
  EXPECT_EQ(outcome(trust.check_expiry(by)), "ExpiredMetadata::snapshot");
  image_trust fresh;
  EXPECT_EQ(outcome(fresh.check_expiry(by)), "MetadataFetchFailure::snapshot");
}

TEST_F(a_device_of_the_image_repository, starts_over_with_a_new_root) {
  ASSERT_EQ(cycle(), "accepted");
  image.rotate(role::timestamp);
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), by)), "accepted");
  EXPECT_EQ(trust.targets(), nullptr);
  EXPECT_TRUE(trust.needs_snapshot(by));
  set_versions(1);
  EXPECT_EQ(cycle(), "accepted") << "recovery from a fast-forward attack";
}

TEST_F(a_device_of_the_image_repository, keeps_everything_when_a_new_root_is_refused) {
  ASSERT_EQ(cycle(), "accepted");
  image.root.version = 3;
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), by)), "RootRotationError::root");
  EXPECT_EQ(outcome(trust.recheck(by)), "accepted");
}

TEST_F(a_device_of_the_image_repository, rechecks_everything_offline) {
  EXPECT_EQ(outcome(trust.recheck(by)), "MetadataFetchFailure::timestamp");
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(by)), "MetadataFetchFailure::snapshot");
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(by)), "MetadataFetchFailure::targets");
  ASSERT_EQ(targets(), "accepted");
  watch.checked.clear();
  EXPECT_EQ(outcome(trust.recheck(by)), "accepted");
  EXPECT_EQ(watch.checked, (std::vector<role>{role::root, role::timestamp, role::snapshot, role::targets}));
}

TEST_F(a_device_of_the_image_repository, finds_offline_that_its_documents_no_longer_fit_together) {
  ASSERT_EQ(cycle(), "accepted");
  set_versions(6);
  ASSERT_EQ(timestamp(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(by)), "SecurityException::snapshot");
  ASSERT_EQ(snapshot(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(by)), "SecurityException::targets");
  ASSERT_EQ(targets(), "accepted");
  EXPECT_EQ(outcome(trust.recheck(by)), "accepted");
}

TEST_F(a_device_of_the_image_repository, names_the_role_that_expired_offline) {
  image.timestamp.expires = "2026-12-01T00:00:00Z";
  ASSERT_EQ(cycle(), "accepted");
  by.now = utc_time::parse("2026-12-01T00:00:01Z").value();
  EXPECT_EQ(outcome(trust.recheck(by)), "ExpiredMetadata::timestamp");
}

TEST_F(a_device_of_the_image_repository, works_with_rsa_and_thresholds_of_two) {
  test_repository rsa{repository::image, pki::key_type::rsa_2048};
  image = rsa;
  for (const auto of : {role::root, role::targets, role::snapshot, role::timestamp})
    image.set_keys(of, {signer_number(pki::key_type::rsa_2048, 1), signer_number(pki::key_type::rsa_2048, 2)}, 2);
  trust = image_trust{};
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), by)), "accepted");
  EXPECT_EQ(cycle(), "accepted");
  image.timestamp.signers.pop_back();
  EXPECT_EQ(timestamp(), "UnmetThreshold::timestamp");
}

} // namespace
} // namespace otafleet::uptane::testing
