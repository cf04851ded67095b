#include <set>

#include "uptane/metadata_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

TEST_F(metadata, of_a_root_lists_keys_and_roles) {
  const auto document = parse_root(repository::director, director.root_text()).value();
  EXPECT_EQ(document->keys.size(), 4U);
  EXPECT_EQ(document->roles.size(), 4U);
  const auto& keys = document->roles.at(role::targets);
  EXPECT_EQ(keys.threshold, 1);
  EXPECT_EQ(keys.key_ids, std::set<std::string>{director.targets.signers.front().id});
}

TEST_F(metadata, of_a_root_may_list_unknown_roles) {
  director.root.roles["offline-updates"] = role_plan{{director.fresh_signer()}, 0};
  EXPECT_EQ(root_outcome(), "parsed");
}

TEST_F(metadata, of_a_root_has_thresholds_of_1_to_1000) {
  for (const std::int64_t good : {1, 1000}) {
    director.root.roles["snapshot"].threshold = good;
    EXPECT_EQ(root_outcome(), "parsed") << good;
  }
  for (const std::int64_t bad : {0L, -1L, 1001L, 4294967297L}) {
    director.root.roles["snapshot"].threshold = bad;
    EXPECT_EQ(root_outcome(), "IllegalThreshold::snapshot: the role snapshot has an illegal signature threshold: " +
                                  std::to_string(bad) + " is not between 1 and 1000")
        << bad;
  }
}

TEST_F(metadata, of_a_root_holds_no_key_of_another_type) {
  director.root.members["keys"] = R"({"k":{"keytype":"ECPRIME256V1","keyval":{"public":"3059"}}})";
  EXPECT_EQ(root_outcome(), "SecurityException::root: Unsupported key type \"ECPRIME256V1\"");
}

TEST_F(metadata, of_a_root_loses_broken_keys_only) {
  director.root.members["keys"] =
      R"({"a":{"keytype":"ed25519","keyval":{"public":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}},)"
      R"("b":{"keytype":"ED25519","keyval":{"public":"d75a"}},"c":{"keytype":"RSA","keyval":{"public":"no key"}}})";
  const auto document = parse_root(repository::director, director.root_text()).value();
  EXPECT_EQ(document->keys.size(), 1U);
  EXPECT_TRUE(document->keys.contains("a"));
}

TEST_F(metadata, of_a_root_is_strict_about_types) {
  const auto with = [&](const std::string& member, const std::string& raw) {
    director.root.members = {{member, raw}};
    return root_outcome();
  };
  EXPECT_EQ(with("keys", "[]"), "InvalidMetadata::root: invalid root.json: keys is not an object");
  EXPECT_EQ(with("keys", R"({"k":{"keytype":"RSA"}})"),
            "InvalidMetadata::root: invalid root.json: keyval of \"k\" is missing");
  EXPECT_EQ(with("keys", R"({"k":{"keytype":7,"keyval":{"public":""}}})"),
            "InvalidMetadata::root: invalid root.json: keytype of \"k\" is not a string");
  EXPECT_EQ(with("roles", "null"), "InvalidMetadata::root: invalid root.json: roles is not an object");
  EXPECT_EQ(with("roles", R"({"root":{"keyids":"a","threshold":1}})"),
            "InvalidMetadata::root: invalid root.json: keyids of \"root\" is not an array");
  EXPECT_EQ(with("roles", R"({"root":{"keyids":[1],"threshold":1}})"),
            "InvalidMetadata::root: invalid root.json: keyids of \"root\" is not a string");
  EXPECT_EQ(with("roles", R"({"root":{"keyids":[],"threshold":"1"}})"),
            "InvalidMetadata::root: invalid root.json: threshold of \"root\" is not an integer");
}

} // namespace
} // namespace otafleet::uptane::testing
