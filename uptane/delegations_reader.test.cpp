#include "uptane/metadata_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

class delegations : public metadata {
protected:
  /// What becomes of targets with this `delegations` member.
  std::string with(const std::string& raw) {
    image.targets.members["delegations"] = raw;
    return outcome(parse_targets(repository::image, image.targets_text()));
  }

  /// The same with this one role.
  std::string with_role(const json_members& role) {
    return with(json_object({{"keys", "{}"}, {"roles", json_array({json_object(role)})}}));
  }

  const json_members plain{{"keyids", "[]"}, {"name", json_text("vendor")}, {"paths", "[]"}, {"threshold", "1"}};

  json_members plain_but(const std::string& member, const std::string& raw) {
    auto role = plain;
    if (raw.empty())
      role.erase(member);
    else
      role[member] = raw;
    return role;
  }

  const std::string prefix = "InvalidMetadata::targets: invalid targets.json: ";
};

TEST_F(delegations, hold_all_that_a_search_needs) {
  image.delegate(image.targets, "Vendor-A", {"a/*", "b"});
  image.delegate(image.targets, "b", {});
  image.targets.delegations.front().terminating = true;
  const auto document = parse_targets(repository::image, image.targets_text()).value();
  ASSERT_TRUE(document->has_delegations());
  ASSERT_EQ(document->delegations.size(), 2U);
  const auto& first = document->delegations.front();
  EXPECT_EQ(first.name, "Vendor-A") << "names keep their case";
  EXPECT_EQ(first.paths, (std::vector<std::string>{"a/*", "b"}));
  EXPECT_TRUE(first.terminating);
  EXPECT_EQ(first.keys.threshold, 1);
  EXPECT_EQ(first.keys.key_ids.size(), 1U);
  EXPECT_TRUE(document->delegation_keys.contains(*first.keys.key_ids.begin()));
  EXPECT_FALSE(document->delegations.back().terminating);
  EXPECT_EQ(document->delegation_keys.size(), 2U);
}

TEST_F(delegations, may_be_none) {
  for (const auto* raw : {"null", "{}", R"({"keys":{},"roles":[]})"}) {
    image.targets.members["delegations"] = raw;
    EXPECT_FALSE(parse_targets(repository::image, image.targets_text()).value()->has_delegations()) << raw;
  }
}

TEST_F(delegations, need_neither_paths_nor_a_word_on_terminating) {
  EXPECT_EQ(with_role(plain), "parsed");
  EXPECT_EQ(with_role(plain_but("paths", "")), "parsed") << "such as TUF's hash bins, which are searched for nothing";
  EXPECT_EQ(with_role(plain_but("terminating", "null")), "parsed");
}

TEST_F(delegations, are_refused_with_a_member_missing_or_of_another_type) {
  EXPECT_EQ(with("[]"), prefix + "delegations is not an object");
  EXPECT_EQ(with(R"({"keys":[]})"), prefix + "keys of \"delegations\" is not an object");
  EXPECT_EQ(with(R"({"roles":{}})"), prefix + "roles of \"delegations\" is not an array");
  EXPECT_EQ(with(R"({"roles":[7]})"), prefix + "role of \"delegations\" is not an object");
  EXPECT_EQ(with_role(plain_but("name", "")), prefix + "name of \"delegations\" is missing");
  EXPECT_EQ(with_role(plain_but("name", "7")), prefix + "name of \"delegations\" is not a string");
  EXPECT_EQ(with_role(plain_but("keyids", "")), prefix + "keyids of \"vendor\" is not an array");
  EXPECT_EQ(with_role(plain_but("keyids", "[7]")), prefix + "keyids of \"vendor\" is not a string");
  EXPECT_EQ(with_role(plain_but("paths", "\"*\"")), prefix + "paths of \"vendor\" is not an array");
  EXPECT_EQ(with_role(plain_but("paths", "[7]")), prefix + "paths of \"vendor\" is not a string");
  EXPECT_EQ(with_role(plain_but("terminating", "1")), prefix + "terminating of \"vendor\" is neither true nor false");
  EXPECT_EQ(with_role(plain_but("threshold", "")), prefix + "threshold of \"vendor\" is missing");
  EXPECT_EQ(with_role(plain_but("threshold", "\"1\"")), prefix + "threshold of \"vendor\" is not an integer");
}

TEST_F(delegations, are_not_to_the_name_of_a_role_in_any_case) {
  for (const auto* name : {"root", "targets", "snapshot", "timestamp", "Root", "TARGETS"})
    EXPECT_EQ(with_role(plain_but("name", json_text(name))),
              prefix + "name of \"" + name + "\" is reserved for a role");
  EXPECT_EQ(with_role(plain_but("name", json_text("roots"))), "parsed");
}

TEST_F(delegations, have_names_of_1_to_255_bytes) {
  const auto refusal = prefix + "name of \"delegations\" is not 1 to 255 bytes long";
  EXPECT_EQ(with_role(plain_but("name", json_text(""))), refusal);
  EXPECT_EQ(with_role(plain_but("name", json_text(std::string(255, 'a')))), "parsed");
  EXPECT_EQ(with_role(plain_but("name", json_text(std::string(256, 'a')))), refusal);
}

TEST_F(delegations, are_refused_when_two_have_one_name) {
  const auto twice = json_array({json_object(plain), json_object(plain_but("threshold", "2"))});
  EXPECT_EQ(with(json_object({{"roles", twice}})), prefix + "roles of \"vendor\" is listed twice");
  const auto in_two_cases = json_array({json_object(plain), json_object(plain_but("name", json_text("Vendor")))});
  EXPECT_EQ(with(json_object({{"roles", in_two_cases}})), "parsed");
}

TEST_F(delegations, have_thresholds_of_1_to_1000) {
  for (const auto* good : {"1", "1000"})
    EXPECT_EQ(with_role(plain_but("threshold", good)), "parsed");
  for (const auto* bad : {"0", "-1", "1001"})
    EXPECT_EQ(with_role(plain_but("threshold", bad)),
              "IllegalThreshold::vendor: the role \"vendor\" has an illegal signature threshold: " + std::string{bad} +
                  " is not between 1 and 1000");
}

TEST_F(delegations, know_rsa_and_ed25519_keys_only) {
  EXPECT_EQ(with(R"({"keys":{"k":{"keytype":"EC","keyval":{"public":""}}},"roles":[]})"),
            "SecurityException::targets: Unsupported key type \"EC\"");
}

TEST_F(delegations, bound_their_patterns) {
  const auto with_path = [&](const std::string& raw) { return with_role(plain_but("paths", "[" + raw + "]")); };
  EXPECT_EQ(with_path(json_text(std::string(4096, '*'))), "parsed");
  const auto refusal = prefix + "paths of \"vendor\" holds a pattern of more than 4096 bytes, or with a zero byte";
  EXPECT_EQ(with_path(json_text(std::string(4097, '*'))), refusal);
  EXPECT_EQ(with_path(R"("a\u0000b")"), refusal);
}

TEST_F(delegations, have_documents_like_any_targets) {
  image.delegate(image.targets, "vendor", {"*"}).list = {image_target("fw", 1, {"hw"})};
  const auto document = parse_delegation("vendor", image.delegation_text("vendor")).value();
  EXPECT_EQ(document->list.front().filename, "fw");
  EXPECT_EQ(document->source, nullptr);
  image.delegated["vendor"].members["targets"] = "7";
  const auto refused = parse_delegation("vendor", image.delegation_text("vendor"));
  EXPECT_EQ(outcome(refused), "InvalidMetadata::vendor: invalid delegation \"vendor\": targets is not an object");
}

} // namespace
} // namespace otafleet::uptane::testing
