#include "uptane/probe.hpp"

#include <utility>

#include "uptane/target_search.hpp"
#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

/// Writes down every step, as a person would read it.
class explaining_probe final : public probe {
public:
  bool check(role, const pki::public_key& key, byte_view message, byte_view signature) override {
    return key.verify(message, signature);
  }
  void document_begins(repository, role) override {}
  void document_ends(repository, role, bool) override {}
  void step_judged(repository repo, std::string_view role_name, std::string_view step, const failure* why) override {
    told.push_back(std::string{to_string(repo)} + ' ' + std::string{role_name} + ": " + std::string{step} +
                   (why != nullptr ? " - " + why->name() : ""));
  }
  bool wants_steps() const override { return true; }

  std::vector<std::string> told;
};

class an_explained_pass : public trust_fixture {
protected:
  using lines = std::vector<std::string>;

  lines told() { return std::exchange(explaining.told, {}); }

  explaining_probe explaining;
  judge loud{pool, explaining, by.now};
};

TEST_F(an_explained_pass, of_the_director_tells_every_check) {
  director_trust trust;
  director.targets.version = 5;
  ASSERT_TRUE(trust.accept_root(director.root_text(), loud));
  ASSERT_TRUE(trust.roots().check_expiry(loud));
  EXPECT_EQ(told(), (lines{"director root: signatures by the root itself: 1 of 1 needed",
                           "director root: version 1 is the next one",
                           "director root: not expired until 2038-01-19T03:14:06Z"}));
  director.rotate(role::root);
  ASSERT_TRUE(trust.accept_root(director.root_text(), loud));
  EXPECT_EQ(told(), (lines{"director root: signatures by the root before: 1 of 1 needed",
                           "director root: signatures by the root itself: 1 of 1 needed",
                           "director root: version 2 is the next one"}));
  ASSERT_TRUE(trust.accept_targets(director.targets_text(), loud));
  EXPECT_EQ(told(), (lines{"director targets: signatures: 1 of 1 needed", "director targets: version 5 is the first",
                           "director targets: not expired until 2038-01-19T03:14:06Z",
                           "director targets: no delegation in the Director's list",
                           "director targets: no ECU is listed twice"}));
  director.targets.version = 4;
  ASSERT_FALSE(trust.accept_targets(director.targets_text(), loud));
  EXPECT_EQ(told(), (lines{"director targets: signatures: 1 of 1 needed",
                           "director targets: version - SecurityException::targets"}));
}

TEST_F(an_explained_pass, of_the_image_repository_tells_every_check) {
  image_trust trust;
  image.delegate(image.targets, "vendor", {"*"}).list = {image_target("fw", 1, {"hw"})};
  ASSERT_TRUE(trust.accept_root(image.root_text(), loud));
  told();
  ASSERT_TRUE(trust.accept_timestamp(image.timestamp_text(), loud));
  EXPECT_TRUE(trust.needs_snapshot(loud));
  ASSERT_TRUE(trust.accept_snapshot(image.snapshot_text(), loud));
  EXPECT_FALSE(trust.needs_snapshot(loud));
  ASSERT_TRUE(trust.accept_targets(image.targets_text(), loud));
  EXPECT_EQ(
      told(),
      (lines{"image timestamp: signatures: 1 of 1 needed", "image timestamp: version 1 is the first",
             "image timestamp: not expired until 2038-01-19T03:14:06Z", "image snapshot: hash as the timestamp says",
             "image snapshot: signatures: 1 of 1 needed", "image snapshot: version 1 as the timestamp says",
             "image snapshot: version 1 is the first", "image snapshot: not expired until 2038-01-19T03:14:06Z",
             "image snapshot: the stored one is current", "image targets: hash as the snapshot says",
             "image targets: signatures: 1 of 1 needed", "image targets: version 1 as the snapshot says",
             "image targets: version 1 is the first", "image targets: not expired until 2038-01-19T03:14:06Z"}));
  target_search search{director_target("fw", 1, "primary", "hw")};
  ASSERT_TRUE(search.next(trust, loud));
  ASSERT_TRUE(search.accept(trust, image.delegation_text("vendor"), loud));
  ASSERT_TRUE(search.next(trust, loud));
  EXPECT_EQ(told(),
            (lines{"image vendor: hash as the snapshot says", "image vendor: signatures: 1 of 1 needed",
                   "image vendor: version 1 as the snapshot says",
                   "image vendor: not expired until 2038-01-19T03:14:06Z", "image vendor: lists the same \"fw\""}));
}

TEST_F(an_explained_pass, names_what_a_document_fails_for) {
  director_trust trust;
  EXPECT_FALSE(trust.accept_root("{}", loud));
  EXPECT_EQ(told(), lines{"director root: content - InvalidMetadata::root"});
  ASSERT_TRUE(trust.accept_root(director.root_text(), loud));
  director.targets.signers = {director.fresh_signer()};
  told();
  EXPECT_FALSE(trust.accept_targets(director.targets_text(), loud));
  EXPECT_EQ(told(), lines{"director targets: signatures - BadKeyId::targets"});
  director.targets.members["version"] = "\"1\"";
  EXPECT_FALSE(trust.accept_targets(director.targets_text(), loud));
  EXPECT_EQ(told(), lines{"director targets: signatures - BadKeyId::targets"});
  director.targets.signers = director.root.roles.at("targets").keys;
  EXPECT_FALSE(trust.accept_targets(director.targets_text(), loud));
  EXPECT_EQ(told(), (lines{"director targets: signatures: 1 of 1 needed",
                           "director targets: content - InvalidMetadata::targets"}));
}

TEST_F(an_explained_pass, says_that_a_stored_document_is_outdated_and_not_that_it_is_wrong) {
  image_trust trust;
  ASSERT_TRUE(trust.accept_root(image.root_text(), loud));
  ASSERT_TRUE(trust.accept_timestamp(image.timestamp_text(), loud));
  ASSERT_TRUE(trust.accept_snapshot(image.snapshot_text(), loud));
  image.snapshot.version = image.timestamp.version = 2;
  ASSERT_TRUE(trust.accept_timestamp(image.timestamp_text(), loud));
  told();
  EXPECT_TRUE(trust.needs_snapshot(loud));
  EXPECT_EQ(told(), lines{"image snapshot: the stored one is not current"});
}

} // namespace
} // namespace otafleet::uptane::testing
