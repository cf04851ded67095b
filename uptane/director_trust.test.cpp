#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class a_device_of_the_director : public trust_fixture {
protected:
  void SetUp() override {
    director.targets.version = 5;
    director.targets.list = {director_target("fw-1", 10, "primary", "hw")};
    ASSERT_EQ(outcome(trust.accept_root(director.root_text(), by)), "accepted");
  }

  std::string accept() { return outcome(trust.accept_targets(director.targets_text(), by)); }
  std::int32_t stored() const { return trust.targets() ? trust.targets()->version : -1; }

  director_trust trust;
};

TEST_F(a_device_of_the_director, accepts_what_is_in_order) {
  director.targets.correlation_id = "urn:here-ota:campaign:1";
  EXPECT_EQ(accept(), "accepted");
  EXPECT_EQ(stored(), 5);
  EXPECT_EQ(trust.targets()->correlation_id, "urn:here-ota:campaign:1");
  EXPECT_EQ(watch.happened.back(), "director targets accepted");
}

TEST_F(a_device_of_the_director, needs_a_root_first) {
  director_trust fresh;
  EXPECT_EQ(outcome(fresh.accept_targets(director.targets_text(), by)), "MetadataFetchFailure::root");
}

TEST_F(a_device_of_the_director, refuses_a_wrong_signature_d7) {
  director.targets.signers = {director.fresh_signer()};
  EXPECT_EQ(accept(), "BadKeyId::targets");
  director.targets.signers.clear();
  EXPECT_EQ(accept(), "UnmetThreshold::targets");
  EXPECT_EQ(stored(), -1);
  EXPECT_EQ(watch.happened.back(), "director targets rejected");
}

TEST_F(a_device_of_the_director, refuses_another_roles_document_d7) {
  director.targets.members["_type"] = json_text("Snapshot");
  EXPECT_EQ(accept(), "SecurityException::targets");
  director.targets.members["_type"] = json_text("targets");
  EXPECT_EQ(accept(), "InvalidMetadata::targets");
}

TEST_F(a_device_of_the_director, names_a_wrong_signature_before_wrong_content_d7) {
  director.targets.members["_type"] = json_text("Snapshot");
  director.targets.signers = {director.fresh_signer()};
  EXPECT_EQ(accept(), "BadKeyId::targets");
  director.targets.members = {{"version", "\"5\""}};
  EXPECT_EQ(accept(), "BadKeyId::targets");
  director.targets.signers = director.root.roles.at("targets").keys;
  EXPECT_EQ(accept(), "InvalidMetadata::targets");
}

TEST_F(a_device_of_the_director, refuses_a_rollback_d8) {
  ASSERT_EQ(accept(), "accepted");
  director.targets.version = 4;
  const auto result = trust.accept_targets(director.targets_text(), by);
  ASSERT_EQ(outcome(result), "SecurityException::targets");
  EXPECT_EQ(result.error().detail, "Rollback attempt: version 4 after version 5");
  EXPECT_EQ(stored(), 5);
  director.targets.version = 6;
  EXPECT_EQ(accept(), "accepted");
  EXPECT_EQ(stored(), 6);
}

TEST_F(a_device_of_the_director, names_a_rollback_before_an_expiry) {
  ASSERT_EQ(accept(), "accepted");
  director.targets.version = 4;
  director.targets.expires = just_expired;
  EXPECT_EQ(accept(), "SecurityException::targets");
}

TEST_F(a_device_of_the_director, accepts_an_equal_version_and_keeps_what_it_has) {
  ASSERT_EQ(accept(), "accepted");
  const auto before = trust.targets();
  director.targets.list = {director_target("fw-2", 20, "primary", "hw")};
  EXPECT_EQ(accept(), "accepted");
  EXPECT_EQ(trust.targets(), before);
}

TEST_F(a_device_of_the_director, refuses_a_frozen_list_d9) {
  director.targets.expires = just_expired;
  EXPECT_EQ(accept(), "ExpiredMetadata::targets");
  EXPECT_EQ(stored(), -1);
  director.targets.expires = expiring_now;
  EXPECT_EQ(accept(), "accepted");
}

TEST_F(a_device_of_the_director, refuses_an_expired_list_even_when_it_is_empty_or_not_newer) {
  ASSERT_EQ(accept(), "accepted");
  director.targets.expires = just_expired;
  EXPECT_EQ(accept(), "ExpiredMetadata::targets");
  director.targets.version = 6;
  director.targets.list.clear();
  EXPECT_EQ(accept(), "ExpiredMetadata::targets");
}

TEST_F(a_device_of_the_director, refuses_delegations_d10) {
  director.delegate(director.targets, "vendor", {"*"});
  const auto result = trust.accept_targets(director.targets_text(), by);
  ASSERT_EQ(outcome(result), "InvalidMetadata::targets");
  EXPECT_EQ(result.error().detail, "Found unexpected delegation.");
  director.targets.delegations.clear();
  director.targets.members["delegations"] = R"({"keys":{},"roles":[]})";
  EXPECT_EQ(accept(), "accepted") << "a list of no delegations delegates nothing";
}

TEST_F(a_device_of_the_director, refuses_one_ecu_under_two_targets_d11) {
  director.targets.list.push_back(director_target("fw-2", 20, "secondary", "hw"));
  ASSERT_EQ(accept(), "accepted");
  director.targets.version = 6;
  director.targets.list.push_back(director_target("fw-3", 30, "primary", "hw"));
  const auto result = trust.accept_targets(director.targets_text(), by);
  ASSERT_EQ(outcome(result), "InvalidMetadata::targets");
  EXPECT_EQ(result.error().detail, "Found repeated ECU ID. \"primary\" is listed under two targets");
  EXPECT_EQ(stored(), 5);
}

TEST_F(a_device_of_the_director, keeps_a_list_that_an_empty_one_follows) {
  ASSERT_EQ(accept(), "accepted");
  director.targets.version = 7;
  director.targets.list.clear();
  EXPECT_EQ(accept(), "accepted");
  EXPECT_EQ(stored(), 5) << "an update that was seen cannot be withdrawn";
  director.targets.version = 6;
  director.targets.list = {director_target("fw-2", 20, "primary", "hw")};
  EXPECT_EQ(accept(), "accepted") << "rollback is judged by what is stored";
  EXPECT_EQ(stored(), 6);
}

TEST_F(a_device_of_the_director, replaces_one_empty_list_by_another) {
  director.targets.list.clear();
  ASSERT_EQ(accept(), "accepted");
  director.targets.version = 6;
  ASSERT_EQ(accept(), "accepted");
  EXPECT_EQ(stored(), 6);
}

TEST_F(a_device_of_the_director, forgets_its_list_and_its_version_with_a_new_root) {
  ASSERT_EQ(accept(), "accepted");
  director.rotate(role::targets);
  ASSERT_EQ(outcome(trust.accept_root(director.root_text(), by)), "accepted");
  EXPECT_EQ(stored(), -1);
  director.targets.version = 1;
  EXPECT_EQ(accept(), "accepted") << "recovery from a fast-forward attack";
}

TEST_F(a_device_of_the_director, keeps_its_list_when_a_new_root_is_refused) {
  ASSERT_EQ(accept(), "accepted");
  director.root.version = 7;
  ASSERT_EQ(outcome(trust.accept_root(director.root_text(), by)), "RootRotationError::root");
  EXPECT_EQ(stored(), 5);
}

TEST_F(a_device_of_the_director, takes_the_old_targets_key_no_longer_after_a_rotation) {
  ASSERT_EQ(accept(), "accepted");
  const auto old_text = director.targets_text();
  director.rotate(role::targets);
  ASSERT_EQ(outcome(trust.accept_root(director.root_text(), by)), "accepted");
  EXPECT_EQ(outcome(trust.accept_targets(old_text, by)), "BadKeyId::targets");
}

TEST_F(a_device_of_the_director, verifies_what_it_has_stored_before_what_is_offered_d6) {
  ASSERT_EQ(accept(), "accepted");
  watch.checked.clear();
  ASSERT_EQ(accept(), "accepted");
  EXPECT_EQ(watch.checked, (std::vector<role>{role::targets, role::targets}));
}

TEST_F(a_device_of_the_director, rechecks_offline) {
  EXPECT_EQ(outcome(trust.recheck(by)), "MetadataFetchFailure::targets");
  director.targets.expires = "2026-12-01T00:00:00Z";
  ASSERT_EQ(accept(), "accepted");
  watch.checked.clear();
  EXPECT_EQ(outcome(trust.recheck(by)), "accepted");
  EXPECT_EQ(watch.checked, (std::vector<role>{role::root, role::targets}));
  by.now = utc_time::parse("2026-12-01T00:00:01Z").value();
  EXPECT_EQ(outcome(trust.recheck(by)), "ExpiredMetadata::targets");
  trust.drop_targets();
  EXPECT_EQ(outcome(trust.recheck(by)), "MetadataFetchFailure::targets");
}

} // namespace
} // namespace otafleet::uptane::testing
