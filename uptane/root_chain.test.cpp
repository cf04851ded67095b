#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class a_root_chain : public trust_fixture {
protected:
  std::string accept(const std::string& text) { return outcome(chain.accept(text, by)); }

  root_chain chain{repository::director};
};

TEST_F(a_root_chain, trusts_a_first_root_that_verifies_against_itself) {
  EXPECT_EQ(chain.next_version(), 1);
  EXPECT_EQ(accept(director.root_text()), "accepted");
  EXPECT_EQ(chain.next_version(), 2);
  EXPECT_EQ(watch.happened, (std::vector<std::string>{"director root begins", "director root accepted"}));
}

TEST_F(a_root_chain, refuses_a_first_root_that_does_not) {
  director.root.signers = {director.fresh_signer()};
  EXPECT_EQ(accept(director.root_text()), "BadKeyId::root");
  EXPECT_EQ(chain.current(), nullptr);
  EXPECT_EQ(watch.happened.back(), "director root rejected");
  director.root.signers.clear();
  EXPECT_EQ(accept(director.root_text()), "UnmetThreshold::root");
}

TEST_F(a_root_chain, starts_at_version_one) {
  director.root.version = 2;
  EXPECT_EQ(accept(director.root_text()), "RootRotationError::root");
}

TEST_F(a_root_chain, follows_a_rotation_signed_by_the_old_and_the_new_key) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.rotate(role::root);
  EXPECT_EQ(accept(director.root_text()), "accepted");
  director.rotate(role::root);
  EXPECT_EQ(accept(director.root_text()), "accepted");
  EXPECT_EQ(chain.current()->version, 3);
}

TEST_F(a_root_chain, refuses_a_root_that_the_old_key_did_not_sign) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.rotate(role::root);
  director.root.signers.erase(director.root.signers.begin());
  EXPECT_EQ(accept(director.root_text()), "BadKeyId::root");
  EXPECT_EQ(chain.current()->version, 1);
}

TEST_F(a_root_chain, refuses_a_root_that_its_own_key_did_not_sign) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.rotate(role::root);
  director.root.signers.pop_back();
  EXPECT_EQ(accept(director.root_text()), "BadKeyId::root");
}

TEST_F(a_root_chain, checks_the_bytes_of_both_signatures) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.rotate(role::root);
  const auto good = director.root_text();
  const auto signed_text = good.substr(good.find("\"signed\":") + 9, good.size() - good.find("\"signed\":") - 10);
  const auto& old_key = director.root.signers.front();
  const auto& new_key = director.root.signers.back();
  const auto with = [&](std::string_view by_old, std::string_view by_new) {
    return envelope_text(signed_text, {signature_entry(old_key, by_old), signature_entry(new_key, by_new)});
  };
  EXPECT_EQ(accept(with("other", signed_text)), "UnmetThreshold::root");
  EXPECT_EQ(accept(with(signed_text, "other")), "UnmetThreshold::root");
  EXPECT_EQ(accept(with(signed_text, signed_text)), "accepted");
}

TEST_F(a_root_chain, wants_the_thresholds_of_both_roots) {
  const auto a = director.fresh_signer();
  const auto b = director.fresh_signer();
  const auto c = director.fresh_signer();
  director.set_keys(role::root, {a, b}, 2);
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.set_keys(role::root, {b, c}, 2);
  director.root.version = 2;
  director.root.signers = {b, c};
  EXPECT_EQ(accept(director.root_text()), "UnmetThreshold::root") << "one of the old two";
  director.root.signers = {a, b};
  EXPECT_EQ(accept(director.root_text()), "UnmetThreshold::root") << "one of the new two";
  director.root.signers = {a, b, c};
  EXPECT_EQ(accept(director.root_text()), "accepted");
}

TEST_F(a_root_chain, skips_and_repeats_no_version) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  EXPECT_EQ(accept(director.root_text()), "RootRotationError::root");
  director.root.version = 3;
  EXPECT_EQ(accept(director.root_text()), "RootRotationError::root");
  director.root.version = 0;
  EXPECT_EQ(accept(director.root_text()), "RootRotationError::root");
  director.root.version = 2;
  EXPECT_EQ(accept(director.root_text()), "accepted");
}

TEST_F(a_root_chain, names_a_wrong_signature_before_a_wrong_version) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.root.version = 3;
  director.root.signers = {director.fresh_signer()};
  EXPECT_EQ(accept(director.root_text()), "BadKeyId::root");
}

TEST_F(a_root_chain, may_pass_through_expired_roots_but_not_end_in_one) {
  director.root.expires = just_expired;
  ASSERT_EQ(accept(director.root_text()), "accepted");
  EXPECT_EQ(outcome(chain.check_expiry(by)), "ExpiredMetadata::root");
  director.root.version = 2;
  director.root.expires = expiring_now;
  ASSERT_EQ(accept(director.root_text()), "accepted");
  EXPECT_EQ(outcome(chain.check_expiry(by)), "accepted") << "equal is still valid";
}

TEST_F(a_root_chain, keeps_every_root_it_accepted) {
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.rotate(role::root);
  ASSERT_EQ(accept(director.root_text()), "accepted");
  director.root.version = 9;
  ASSERT_EQ(accept(director.root_text()), "RootRotationError::root");
  ASSERT_EQ(chain.roots().size(), 2U);
  EXPECT_EQ(chain.roots().front()->version, 1);
  EXPECT_EQ(chain.roots().back(), chain.current());
}

TEST_F(a_root_chain, refuses_thresholds_outside_of_1_to_1000) {
  for (const std::int64_t threshold : {0, -1, 1001}) {
    director.root.roles["root"].threshold = threshold;
    EXPECT_EQ(accept(director.root_text()), "IllegalThreshold::root") << threshold;
  }
}

TEST_F(a_root_chain, rechecks_itself) {
  EXPECT_EQ(outcome(chain.recheck(by)), "MetadataFetchFailure::root");
  ASSERT_EQ(accept(director.root_text()), "accepted");
  watch.checked.clear();
  EXPECT_EQ(outcome(chain.recheck(by)), "accepted");
  EXPECT_EQ(watch.checked, std::vector<role>{role::root});
  by.now = utc_time::parse("2038-01-19T03:14:07Z").value();
  EXPECT_EQ(outcome(chain.recheck(by)), "ExpiredMetadata::root");
}

} // namespace
} // namespace otafleet::uptane::testing
