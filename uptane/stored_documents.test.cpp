// What a device writes down of its metadata, and takes back after a restart.
#include "uptane/target_search.hpp"
#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class stored_documents : public trust_fixture {
protected:
  void SetUp() override {
    director.targets.list = {director_target("fw-1", 10, "primary", "hw")};
    image.delegate(image.targets, "a/b c", {"*"}).list = {image_target("fw-1", 10, {"hw"})};
    run(of_director, of_image, keeping);
  }

  /// One pass, with a rotation of both roots.
  void run(director_trust& d, image_trust& i, judge& judge_by) {
    ASSERT_EQ(outcome(d.accept_root(director.root_text(), judge_by)), "accepted");
    ASSERT_EQ(outcome(i.accept_root(image.root_text(), judge_by)), "accepted");
    director.rotate(role::root);
    image.rotate(role::root);
    ASSERT_EQ(outcome(d.accept_root(director.root_text(), judge_by)), "accepted");
    ASSERT_EQ(outcome(i.accept_root(image.root_text(), judge_by)), "accepted");
    ASSERT_EQ(outcome(d.accept_targets(director.targets_text(), judge_by)), "accepted");
    ASSERT_EQ(outcome(i.accept_timestamp(image.timestamp_text(), judge_by)), "accepted");
    ASSERT_EQ(outcome(i.accept_snapshot(image.snapshot_text(), judge_by)), "accepted");
    ASSERT_EQ(outcome(i.accept_targets(image.targets_text(), judge_by)), "accepted");
    const auto& targets = *i.targets();
    ASSERT_TRUE(i.accept_delegation(targets.delegations.front(), targets, image.delegation_text("a/b c"), judge_by));
  }

  static std::vector<std::string> names(const documents_by_name& of) {
    std::vector<std::string> result;
    for (const auto& [name, text] : of)
      result.push_back(name);
    return result;
  }

  std::string image_outcome(const documents_by_name& documents) {
    const auto result = image_trust::restore(documents, keeping);
    return result ? "restored" : result.error().name();
  }

  document_pool keeping_pool{keep_sources::yes};
  judge keeping{keeping_pool, watch, by.now};
  director_trust of_director;
  image_trust of_image;
};

TEST_F(stored_documents, are_named_as_they_are_served_and_hold_what_was_served) {
  const auto documents = of_image.stored_documents();
  EXPECT_EQ(names(documents), (std::vector<std::string>{"1.root.json", "2.root.json", "delegations/a/b c.json",
                                                        "snapshot.json", "targets.json", "timestamp.json"}));
  EXPECT_EQ(documents.at("2.root.json"), image.root_text());
  EXPECT_EQ(documents.at("delegations/a/b c.json"), image.delegation_text("a/b c"));
  EXPECT_EQ(documents.at("timestamp.json"), image.timestamp_text());
  EXPECT_EQ(names(of_director.stored_documents()),
            (std::vector<std::string>{"1.root.json", "2.root.json", "targets.json"}));
}

TEST_F(stored_documents, are_the_text_as_it_came_and_not_its_canonical_form) {
  director_trust fresh;
  ASSERT_TRUE(
      fresh.accept_root(test_repository{repository::director, pki::key_type::ed25519}.root_text() + "\n ", keeping));
  EXPECT_TRUE(fresh.stored_documents().at("1.root.json").ends_with("}\n "));
}

TEST_F(stored_documents, are_as_good_as_new_after_a_restart) {
  auto director_again = director_trust::restore(of_director.stored_documents(), keeping).value();
  auto image_again = image_trust::restore(of_image.stored_documents(), keeping).value();
  EXPECT_EQ(director_again.roots().next_version(), 3);
  EXPECT_EQ(outcome(director_again.recheck(keeping)), "accepted");
  EXPECT_EQ(outcome(image_again.recheck(keeping)), "accepted");
  EXPECT_FALSE(image_again.needs_snapshot(keeping));
  EXPECT_FALSE(image_again.needs_targets(keeping));
  EXPECT_EQ(director_again.stored_documents(), of_director.stored_documents());
  EXPECT_EQ(image_again.stored_documents(), of_image.stored_documents());
  const auto wanted = director_target("fw-1", 10, "primary", "hw");
  EXPECT_TRUE(find_stored(wanted, image_again, keeping)) << "through the delegation";
}

TEST_F(stored_documents, keep_the_protection_from_rollback) {
  auto again = image_trust::restore(of_image.stored_documents(), keeping).value();
  image.timestamp.version = 0;
  EXPECT_EQ(outcome(again.accept_timestamp(image.timestamp_text(), keeping)), "SecurityException::timestamp");
}

TEST_F(stored_documents, include_the_directors_timestamp_and_snapshot_where_they_are_known) {
  const rules by_rules{.director_timestamp_and_snapshot = true};
  judge strict{keeping_pool, watch, by.now, by_rules};
  ASSERT_TRUE(of_director.accept_timestamp(director.timestamp_text(), strict));
  ASSERT_TRUE(of_director.accept_snapshot(director.snapshot_text(), strict));
  auto again = director_trust::restore(of_director.stored_documents(), strict).value();
  EXPECT_EQ(outcome(again.recheck(strict)), "accepted");
  EXPECT_EQ(again.stored_documents().size(), 5U);
}

TEST_F(stored_documents, are_none_where_sources_are_not_kept) {
  director_trust d;
  image_trust i;
  director = test_repository{repository::director, pki::key_type::ed25519};
  image.rotate(role::root);
  image.root = test_repository{repository::image, pki::key_type::ed25519}.root;
  ASSERT_TRUE(d.accept_root(director.root_text(), by));
  ASSERT_TRUE(i.accept_root(image.root_text(), by));
  EXPECT_TRUE(d.stored_documents().empty());
  EXPECT_TRUE(i.stored_documents().empty());
}

TEST_F(stored_documents, may_be_none) {
  EXPECT_EQ(image_outcome({}), "restored");
  EXPECT_EQ(director_trust::restore({}, keeping)->roots().next_version(), 1);
}

TEST_F(stored_documents, are_not_judged_again_but_must_parse) {
  keeping.now = utc_time::parse("2039-01-01T00:00:00Z").value();
  auto documents = of_image.stored_documents();
  EXPECT_EQ(image_outcome(documents), "restored") << "expired, which the next pass will say";
  for (const auto& [name, text] : of_image.stored_documents()) {
    auto broken = documents;
    broken[name] = text.substr(1);
    EXPECT_TRUE(image_outcome(broken).starts_with("InvalidMetadata::")) << name;
  }
}

TEST_F(stored_documents, need_their_roots_without_a_gap) {
  auto documents = of_image.stored_documents();
  documents.erase("1.root.json");
  EXPECT_EQ(image_outcome(documents), "MetadataFetchFailure::root");
  documents = of_image.stored_documents();
  documents["3.root.json"] = documents["2.root.json"];
  EXPECT_EQ(image_outcome(documents), "RootRotationError::root");
  documents.erase("3.root.json");
  documents["4.root.json"] = documents["2.root.json"];
  EXPECT_EQ(image_outcome(documents), "RootRotationError::root");
}

TEST_F(stored_documents, restore_roots_in_the_order_of_their_numbers) {
  director_trust d;
  director = test_repository{repository::director, pki::key_type::ed25519};
  for (int version = 1; version <= 11; ++version) {
    ASSERT_TRUE(d.accept_root(director.root_text(), keeping));
    director.rotate(role::root);
  }
  const auto again = director_trust::restore(d.stored_documents(), keeping).value();
  EXPECT_EQ(again.roots().next_version(), 12);
  EXPECT_EQ(again.roots().roots().at(9)->version, 10);
}

TEST_F(stored_documents, are_refused_under_a_name_that_is_no_documents) {
  for (const auto* name : {"other.json", "root.json", "01.root.json", "0.root.json", "-1.root.json", "x.root.json",
                           "99999999999.root.json", "delegations/.json", "../targets.json", ""}) {
    auto documents = of_image.stored_documents();
    documents[name] = documents["targets.json"];
    EXPECT_EQ(image_outcome(documents), "InvalidMetadata") << name;
  }
  auto documents = of_director.stored_documents();
  documents["delegations/a.json"] = image.delegation_text("a/b c");
  EXPECT_FALSE(director_trust::restore(documents, keeping)) << "the Director delegates nothing";
}

} // namespace
} // namespace otafleet::uptane::testing
