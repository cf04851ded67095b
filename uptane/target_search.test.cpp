#include "uptane/target_search.hpp"

#include <set>

#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class a_search : public trust_fixture {
protected:
  /// Lets the device take the top-level documents as they are now; each pass has new versions.
  void take_metadata() {
    image.snapshot.version = image.timestamp.version = ++pass;
    if (trust.roots().current() == nullptr) {
      ASSERT_EQ(outcome(trust.accept_root(image.root_text(), by)), "accepted");
    }
    ASSERT_EQ(outcome(trust.accept_timestamp(image.timestamp_text(), by)), "accepted");
    ASSERT_EQ(outcome(trust.accept_snapshot(image.snapshot_text(), by)), "accepted");
    ASSERT_EQ(outcome(trust.accept_targets(image.targets_text(), by)), "accepted");
  }

  /// `found`, or the failure's name; asks for what the repository has.
  std::string search(const target& of_director) {
    asked.clear();
    target_search one{of_director};
    for (;;) {
      const auto step = one.next(trust, by);
      if (!step)
        return step.error().name();
      if (const auto* result = std::get_if<target>(&*step)) {
        found = *result;
        return "found";
      }
      const auto& name = std::get<target_search::needs>(*step).delegation;
      asked.push_back(name);
      if (!served(name))
        return one.missing("404").name();
      if (const auto accepted = one.accept(trust, image.delegation_text(name), by); !accepted)
        return accepted.error().name();
    }
  }

  std::string search() { return search(wanted); }

  bool served(const std::string& name) const { return image.delegated.contains(name) && !withheld.contains(name); }

  using names = std::vector<std::string>;

  const target wanted = director_target("dir/fw-1", 10, "primary", "hw");
  const target offered = image_target("dir/fw-1", 10, {"hw"});
  image_trust trust;
  std::int64_t pass = 0;
  names asked;
  std::set<std::string> withheld;
  target found;
};

// -- where it looks ----------------------------------------------------------------

TEST_F(a_search, asks_for_nothing_when_the_top_level_targets_have_it) {
  image.targets.list = {offered};
  image.delegate(image.targets, "vendor", {"*"}).list = {offered};
  take_metadata();
  EXPECT_EQ(search(), "found");
  EXPECT_EQ(asked, names{});
  EXPECT_EQ(found.ecus, wanted.ecus) << "it is the Director's target";
}

TEST_F(a_search, needs_top_level_targets) {
  EXPECT_EQ(search(), "MetadataFetchFailure::targets");
}

TEST_F(a_search, takes_the_image_repositorys_uri_only_where_the_director_gives_none) {
  image.delegate(image.targets, "vendor", {"*"}).list = {offered};
  image.delegated["vendor"].list.front().uri = "https://image.example/fw";
  take_metadata();
  ASSERT_EQ(search(), "found");
  EXPECT_EQ(found.uri, "https://image.example/fw");
  auto with_uri = wanted;
  with_uri.uri = "https://director.example/fw";
  ASSERT_EQ(search(with_uri), "found");
  EXPECT_EQ(found.uri, "https://director.example/fw");
}

TEST_F(a_search, finds_nothing_that_differs) {
  image.targets.list = {offered};
  take_metadata();
  const auto of = [&](std::string filename, std::uint64_t length, std::string hardware_id) {
    return search(director_target(std::move(filename), length, "primary", std::move(hardware_id)));
  };
  EXPECT_EQ(of("dir/fw-1", 10, "hw"), "found");
  EXPECT_EQ(of("dir/fw-2", 10, "hw"), "TargetMismatch") << "name";
  EXPECT_EQ(of("dir/fw-1", 11, "hw"), "TargetMismatch") << "length";
  EXPECT_EQ(of("dir/fw-1", 10, "hw-9"), "TargetMismatch") << "hardware";
  auto other_content = wanted;
  other_content.hashes.sha256 = std::string(64, '0');
  EXPECT_EQ(search(other_content), "TargetMismatch") << "hash";
}

TEST_F(a_search, goes_on_when_the_same_name_is_another_image) {
  image.targets.list = {image_target("dir/fw-1", 11, {"hw"})};
  image.delegate(image.targets, "vendor", {"*"}).list = {offered};
  take_metadata();
  EXPECT_EQ(search(), "found");
}

TEST_F(a_search, ends_with_a_mismatch_and_says_how_near_it_came) {
  image.delegate(image.targets, "vendor", {"*"});
  take_metadata();
  target_search one{wanted};
  ASSERT_TRUE(one.next(trust, by));
  ASSERT_TRUE(one.accept(trust, image.delegation_text("vendor"), by));
  const auto nothing = one.next(trust, by);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().name(), "TargetMismatch");
  EXPECT_EQ(nothing.error().detail, "the Image repository has no target of the name \"dir/fw-1\"");
  image.targets.list = {image_target("dir/fw-1", 10, {"other hardware"})};
  image.targets.version = 2;
  take_metadata();
  EXPECT_EQ(target_search{wanted}.next(trust, by).error().detail,
            "the Image repository's \"dir/fw-1\" differs in length, hash or hardware from the Director's");
}

TEST_F(a_search, follows_only_patterns_that_match_the_filename) {
  image.delegate(image.targets, "none", {});
  image.delegate(image.targets, "other", {"fw-1", "dir", "dir/fw-2", "DIR/*"});
  image.delegate(image.targets, "exact", {"x", "dir/fw-1"});
  image.delegate(image.targets, "star over the slash", {"*1"});
  image.delegate(image.targets, "question", {"dir?fw-1"});
  image.delegate(image.targets, "set", {"dir/fw-[0-9]"});
  take_metadata();
  EXPECT_EQ(search(), "TargetMismatch");
  EXPECT_EQ(asked, (names{"exact", "star over the slash", "question", "set"}));
}

TEST_F(a_search, lets_no_zero_byte_hide_the_end_of_a_filename) {
  auto odd = wanted;
  odd.filename = std::string{"dir/fw-1\0.exe", 13};
  image.delegate(image.targets, "vendor", {"dir/fw-1"});
  take_metadata();
  EXPECT_EQ(search(odd), "TargetMismatch");
  EXPECT_EQ(asked, names{});
}

TEST_F(a_search, goes_depth_first_in_the_order_of_the_documents) {
  auto& a = image.delegate(image.targets, "a", {"*"});
  image.delegate(image.targets, "b", {"*"}).list = {offered};
  image.delegate(a, "a2", {"*"});
  image.delegate(a, "a1", {"*"});
  take_metadata();
  EXPECT_EQ(search(), "found");
  EXPECT_EQ(asked, (names{"a", "a2", "a1", "b"}));
}

TEST_F(a_search, goes_five_levels_deep) {
  auto* from = &image.targets;
  for (const auto* name : {"1", "2", "3", "4", "5", "6"})
    from = &image.delegate(*from, name, {"*"});
  image.delegated["6"].list = {offered};
  take_metadata();
  EXPECT_EQ(search(), "TargetMismatch");
  EXPECT_EQ(asked, (names{"1", "2", "3", "4", "5"}));
  image.delegated["5"].list = {offered};
  image.delegated["5"].version = 2;
  take_metadata();
  EXPECT_EQ(search(), "found");
  EXPECT_EQ(asked, names{"5"}) << "the others are stored";
}

TEST_F(a_search, follows_no_delegation_of_a_terminating_one_but_its_siblings) {
  auto& a = image.delegate(image.targets, "a", {"*"});
  image.targets.delegations.front().terminating = true;
  image.delegate(a, "below", {"*"}).list = {offered};
  image.delegate(image.targets, "b", {"*"}).list = {offered};
  take_metadata();
  EXPECT_EQ(search(), "found");
  EXPECT_EQ(asked, (names{"a", "b"}));
}

TEST_F(a_search, ends_below_a_terminating_delegation_by_tufs_rule) {
  const rules by_tuf{.terminating_ends_search = true};
  judge strict{pool, watch, by.now, by_tuf};
  auto& a = image.delegate(image.targets, "a", {"*"});
  image.delegate(image.targets, "never", {"*"}).list = {offered};
  image.delegate(a, "below", {"*"});
  image.targets.delegations.front().terminating = true;
  take_metadata();
  target_search one{wanted};
  for (const auto* name : {"a", "below"}) {
    const auto step = one.next(trust, strict);
    ASSERT_EQ(std::get<target_search::needs>(*step).delegation, name);
    ASSERT_TRUE(one.accept(trust, image.delegation_text(name), strict));
  }
  EXPECT_EQ(one.next(trust, strict).error().name(), "TargetMismatch");
}

TEST_F(a_search, ends_in_a_cycle) {
  auto& a = image.delegate(image.targets, "a", {"*"});
  auto& b = image.delegate(a, "b", {"*"});
  b.delegations.push_back(image.targets.delegations.front());
  take_metadata();
  EXPECT_EQ(search(), "TargetMismatch");
  EXPECT_EQ(asked, (names{"a", "b"}));
}

TEST_F(a_search, ends_soon_where_every_delegation_delegates_to_all) {
  for (int number = 0; number < 10; ++number)
    image.delegate(image.targets, std::to_string(number), {"*"});
  for (auto& [name, document] : image.delegated)
    document.delegations = image.targets.delegations;
  take_metadata();
  watch.checked.clear();
  EXPECT_EQ(search(), "TargetMismatch");
  EXPECT_EQ(asked.size(), 10U);
  // 11 documents delegate 10 times each, and a delegation is searched again only from a smaller depth: not 10 to the
  // power of 5 times.
  EXPECT_LE(watch.checked.size(), 11U * 10 * max_delegation_depth);
}

TEST_F(a_search, gives_up_after_a_thousand_delegations) {
  auto& only = image.delegate(image.targets, "0", {"*"});
  for (int number = 1; number <= 1'000; ++number) {
    auto copy = image.targets.delegations.front();
    copy.name = std::to_string(number);
    image.targets.delegations.push_back(copy);
    image.delegated[copy.name] = only;
  }
  image.delegated["1000"].list = {offered};
  take_metadata();
  target_search one{wanted};
  for (int number = 0; number < 1'000; ++number) {
    const auto step = one.next(trust, by);
    ASSERT_TRUE(step) << number;
    ASSERT_TRUE(one.accept(trust, image.delegation_text(std::get<target_search::needs>(*step).delegation), by));
  }
  EXPECT_EQ(one.next(trust, by).error().detail,
            "the Image repository has no target of the name \"dir/fw-1\" in the first 1000 delegations");
}

// -- what it believes ----------------------------------------------------------------

class a_delegation : public a_search {
protected:
  void SetUp() override { vendor().list = {offered}; }

  targets_plan& vendor() {
    return image.delegated.contains("vendor") ? image.delegated["vendor"]
                                              : image.delegate(image.targets, "vendor", {"*"});
  }

  std::string outcome_now() {
    take_metadata();
    return search();
  }
};

TEST_F(a_delegation, is_found_and_kept) {
  EXPECT_EQ(outcome_now(), "found");
  EXPECT_EQ(asked, names{"vendor"});
  ASSERT_NE(trust.delegation("vendor"), nullptr);
  EXPECT_EQ(trust.delegation("other"), nullptr);
  EXPECT_EQ(search(), "found");
  EXPECT_EQ(asked, names{}) << "the stored one is of the snapshot's version";
  EXPECT_EQ(watch.happened.back(), "image targets accepted");
}

TEST_F(a_delegation, is_missing_when_it_cannot_be_had) {
  withheld = {"vendor"};
  EXPECT_EQ(outcome_now(), "DelegationMissing::vendor");
}

TEST_F(a_delegation, is_asked_for_again_until_it_is_there) {
  take_metadata();
  target_search one{wanted};
  EXPECT_EQ(std::get<target_search::needs>(*one.next(trust, by)).delegation, "vendor");
  EXPECT_EQ(std::get<target_search::needs>(*one.next(trust, by)).delegation, "vendor");
  EXPECT_EQ(outcome(one.accept(trust, "{}", by)), "InvalidMetadata::vendor");
  EXPECT_EQ(std::get<target_search::needs>(*one.next(trust, by)).delegation, "vendor");
  EXPECT_EQ(outcome(one.accept(trust, image.delegation_text("vendor"), by)), "accepted");
  EXPECT_TRUE(std::holds_alternative<target>(*one.next(trust, by)));
}

TEST_F(a_delegation, is_skipped_when_it_is_expired) {
  vendor().expires = just_expired;
  image.delegate(image.targets, "next", {"*"}).list = {offered};
  EXPECT_EQ(outcome_now(), "found");
  EXPECT_EQ(asked, (names{"vendor", "next"}));
  EXPECT_EQ(search(), "found");
  EXPECT_EQ(asked, names{}) << "both are stored, and the one is skipped again";
  vendor().expires = expiring_now;
  vendor().version = 2;
  EXPECT_EQ(outcome_now(), "found");
  EXPECT_EQ(asked, names{"vendor"});
}

TEST_F(a_delegation, that_is_expired_hides_what_it_delegates) {
  image.delegate(vendor(), "below", {"*"}).list = {offered};
  vendor().list.clear();
  vendor().expires = just_expired;
  EXPECT_EQ(outcome_now(), "TargetMismatch");
  EXPECT_EQ(asked, names{"vendor"});
}

TEST_F(a_delegation, must_be_signed_with_the_keys_that_the_delegating_document_gives) {
  const auto right = vendor().signers;
  vendor().signers = image.targets.signers;
  EXPECT_EQ(outcome_now(), "BadKeyId::vendor") << "the top-level targets' own key is another";
  vendor().signers.clear();
  EXPECT_EQ(outcome_now(), "UnmetThreshold::vendor");
  vendor().signers = {right.front(), right.front()};
  EXPECT_EQ(outcome_now(), "NonUniqueSignatures::vendor");
  image.targets.delegations.front().role.threshold = 2;
  image.targets.version = 2;
  vendor().signers = right;
  EXPECT_EQ(outcome_now(), "UnmetThreshold::vendor");
  image.targets.delegations.front().role.keys.push_back(image.fresh_signer());
  vendor().signers = image.targets.delegations.front().role.keys;
  image.targets.version = 3;
  EXPECT_EQ(outcome_now(), "found");
}

TEST_F(a_delegation, is_checked_to_the_bytes_of_its_signature) {
  const auto text = image.delegation_text("vendor");
  const auto signed_text = text.substr(text.find("\"signed\":") + 9, text.size() - text.find("\"signed\":") - 10);
  image.snapshot.meta["vendor.json"] = R"({"version":1})";
  take_metadata();
  const auto with = [&](const std::string& entry) {
    target_search one{wanted};
    static_cast<void>(one.next(trust, by));
    return outcome(one.accept(trust, envelope_text(signed_text, {entry}), by));
  };
  EXPECT_EQ(with(signature_entry(vendor().signers.front(), "other")), "BadKeyId::vendor");
  EXPECT_EQ(with(signature_entry(vendor().signers.front(), signed_text, "rsa")), "SecurityException::vendor");
  EXPECT_EQ(with(signature_entry(vendor().signers.front(), signed_text)), "accepted");
}

TEST_F(a_delegation, of_a_delegation_is_verified_with_the_keys_of_that_one) {
  auto& below = image.delegate(vendor(), "below", {"*"});
  below.list = {offered};
  vendor().list.clear();
  const auto right = below.signers;
  below.signers = vendor().signers;
  EXPECT_EQ(outcome_now(), "BadKeyId::below") << "who delegates may not sign himself";
  below.signers = image.targets.signers;
  EXPECT_EQ(outcome_now(), "BadKeyId::below");
  below.signers = right;
  EXPECT_EQ(outcome_now(), "found");
}

TEST_F(a_delegation, of_two_documents_is_verified_for_each) {
  // The stranger delegates to the same name with another key: the document that is stored must not pass for his.
  vendor().list.clear();
  auto& stranger = image.delegate(image.targets, "stranger", {"*"});
  image.delegate(stranger, "vendor", {"*"});
  image.delegated["vendor"].signers = image.targets.delegations.front().role.keys;
  EXPECT_EQ(outcome_now(), "BadKeyId::vendor");
  EXPECT_EQ(asked, (names{"vendor", "stranger"}));
}

TEST_F(a_delegation, must_be_the_one_that_the_snapshot_describes) {
  take_metadata();
  vendor().list.front().length = 11;
  EXPECT_EQ(search(), "DelegationHashMismatch::vendor");
  EXPECT_EQ(trust.delegation("vendor"), nullptr);
}

TEST_F(a_delegation, needs_no_hash_in_the_snapshot_but_its_version) {
  image.snapshot.meta["vendor.json"] = R"({"version":1})";
  EXPECT_EQ(outcome_now(), "found");
}

TEST_F(a_delegation, of_another_version_than_the_snapshots_is_refused) {
  image.snapshot.meta["vendor.json"] = R"({"version":2})";
  EXPECT_EQ(outcome_now(), "VersionMismatch::vendor");
  image.snapshot.meta["vendor.json"].clear();
  EXPECT_EQ(outcome_now(), "VersionMismatch::vendor") << "not listed: no version fits";
  EXPECT_EQ(asked, names{"vendor"});
}

TEST_F(a_delegation, is_targets) {
  vendor().members["_type"] = json_text("Snapshot");
  EXPECT_EQ(outcome_now(), "SecurityException::vendor");
}

TEST_F(a_delegation, is_named_by_its_hash_then_its_signature_then_its_content) {
  vendor().members["targets"] = "7";
  EXPECT_EQ(outcome_now(), "InvalidMetadata::vendor");
  vendor().signers = image.targets.signers;
  EXPECT_EQ(outcome_now(), "BadKeyId::vendor");
  vendor().version = 2;
  EXPECT_EQ(search(), "DelegationHashMismatch::vendor");
}

TEST_F(a_delegation, that_is_older_than_the_stored_one_is_a_rollback) {
  vendor().version = 3;
  ASSERT_EQ(outcome_now(), "found");
  vendor().version = 2;
  EXPECT_EQ(outcome_now(), "SecurityException::vendor");
  EXPECT_EQ(asked, names{}) << "the snapshot alone says it";
  EXPECT_EQ(trust.delegation("vendor")->version, 3);
  image.snapshot.meta["vendor.json"].clear();
  EXPECT_EQ(outcome_now(), "SecurityException::vendor") << "no longer listed";
  image.snapshot.meta.clear();
  vendor().version = 4;
  EXPECT_EQ(outcome_now(), "found");
  EXPECT_EQ(asked, names{"vendor"});
}

TEST_F(a_delegation, that_is_stored_must_still_verify) {
  ASSERT_EQ(outcome_now(), "found");
  image.targets.delegations.front().role.keys = {image.fresh_signer()};
  image.targets.version = 2;
  EXPECT_EQ(outcome_now(), "BadKeyId::vendor");
  EXPECT_EQ(asked, names{});
}

TEST_F(a_delegation, that_is_stored_must_still_be_the_described_one) {
  ASSERT_EQ(outcome_now(), "found");
  vendor().list.front().length = 11;
  EXPECT_EQ(outcome_now(), "DelegationHashMismatch::vendor") << "another document of the same version";
  EXPECT_EQ(asked, names{});
}

TEST_F(a_delegation, is_forgotten_with_a_new_root) {
  vendor().version = 9;
  ASSERT_EQ(outcome_now(), "found");
  image.rotate(role::targets);
  ASSERT_EQ(outcome(trust.accept_root(image.root_text(), by)), "accepted");
  EXPECT_EQ(trust.delegation("vendor"), nullptr);
  vendor().version = 1;
  EXPECT_EQ(outcome_now(), "found") << "recovery from a fast-forward attack";
}

TEST_F(a_delegation, works_with_rsa) {
  const auto key = signer_number(pki::key_type::rsa_2048, 3);
  image.targets.delegations.front().role.keys = {key};
  vendor().signers = {key};
  EXPECT_EQ(outcome_now(), "found");
  vendor().signers = {signer_number(pki::key_type::rsa_2048, 4)};
  vendor().version = 2;
  EXPECT_EQ(outcome_now(), "BadKeyId::vendor");
}

// -- offline -------------------------------------------------------------------------

TEST_F(a_delegation, is_found_offline_only_when_it_is_stored) {
  take_metadata();
  EXPECT_EQ(find_stored(wanted, trust, by).error().name(), "DelegationMissing::vendor");
  ASSERT_EQ(search(), "found");
  EXPECT_EQ(find_stored(wanted, trust, by)->filename, "dir/fw-1");
  auto other = wanted;
  other.length = 11;
  EXPECT_EQ(find_stored(other, trust, by).error().name(), "TargetMismatch");
  vendor().version = 2;
  take_metadata();
  EXPECT_EQ(find_stored(wanted, trust, by).error().name(), "DelegationMissing::vendor") << "stored, but outdated";
}

} // namespace
} // namespace otafleet::uptane::testing
