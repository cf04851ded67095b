#include "server-stub/delegations.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server-stub/delegate.test.hpp"
#include "server-stub/image_repository.hpp"
#include "server-stub/signed_document.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;
using nlohmann::json;

std::int64_t test_clock() {
  return 1'800'000'000;
}

struct delegations_test : ::testing::Test {
  image_store store;
  std::unique_ptr<image_repository> images =
      image_repository::make(repository_keys::generate(pki::key_type::ed25519, test_clock()).value(), test_clock, store)
          .value();
  delegate vendor = delegate::make();
  const delegate& other = rsa_delegate();

  /// Made once: RSA keys take their time.
  static const delegate& rsa_delegate() {
    static const delegate made = delegate::make(pki::key_type::rsa_2048);
    return made;
  }

  std::string_view trust(const std::vector<json>& keys, const std::vector<json>& roles) {
    const auto first = images->trust_keys(read_trusted_keys(json(keys).dump()).value());
    if (!first)
      return first.error().code;
    const auto second = images->trust_roles(read_trusted_roles(json(roles).dump()).value());
    return second ? "trusted" : second.error().code;
  }

  std::string_view put(std::string_view name, const std::string& document) {
    const auto result = images->put_delegation(name, document);
    return result ? "taken" : result.error().code;
  }

  json part(const shared_text& text, const char* role) { return verified(*text, *images->root(1).value(), role); }
};

TEST_F(delegations_test, stand_in_targets_and_what_is_signed_in_the_snapshot) {
  EXPECT_EQ(trust({vendor.key_object()}, {vendor.role("vendor-a", {"vendor-a/*"})}), "trusted");
  const auto document = vendor.sign(targets_of(3, {{"vendor-a/fw", "content"}}));
  EXPECT_EQ(put("vendor-a", document), "taken");
  const auto set = *images->documents().value();
  const auto targets = part(set.targets, "targets");
  EXPECT_EQ(targets["delegations"]["keys"][vendor.id()], vendor.key_object());
  EXPECT_EQ(targets["delegations"]["roles"], json::array({vendor.role("vendor-a", {"vendor-a/*"})}));
  EXPECT_EQ(part(set.snapshot, "snapshot")["meta"]["vendor-a.json"],
            (json{{"hashes", {{"sha256", pki::sha256_hex(as_bytes(document))}}},
                  {"length", document.size()},
                  {"version", 3}}));
  EXPECT_EQ(part(set.timestamp, "timestamp")["version"], 4)
      << "keys, delegations and the delegate's own: three changes";
  EXPECT_EQ(*images->delegation("vendor-a.json").value(), document);
  EXPECT_EQ(images->delegation("vendor-a").error().code, "missing_entity");
  EXPECT_EQ(images->delegation("vendor-b.json").error().status, 404u);
}

TEST_F(delegations_test, are_served_in_canonical_form_however_they_came) {
  trust({vendor.key_object()}, {vendor.role("vendor-a", {"*"})});
  const auto document = vendor.sign(targets_of(1, {}));
  EXPECT_EQ(put("vendor-a", json::parse(document).dump(4)), "taken");
  EXPECT_EQ(*images->delegation("vendor-a.json").value(), document);
}

TEST_F(delegations_test, need_a_delegation_and_its_keys) {
  EXPECT_EQ(put("vendor-a", vendor.sign(targets_of(1, {}))), "delegations_not_defined");
  trust({vendor.key_object(), other.key_object()}, {vendor.role("vendor-a", {"*"})});
  EXPECT_EQ(put("vendor-b", vendor.sign(targets_of(1, {}))), "delegations_not_defined");
  EXPECT_EQ(put("vendor-a", other.sign(targets_of(1, {}))), "payload_signature_invalid") << "a key of another role";
  auto bent = json::parse(vendor.sign(targets_of(1, {})));
  bent["signed"]["version"] = 2;
  EXPECT_EQ(put("vendor-a", bent.dump()), "payload_signature_invalid");
  bent["signatures"] = json::array();
  EXPECT_EQ(put("vendor-a", bent.dump()), "payload_signature_invalid");
}

TEST_F(delegations_test, count_each_key_once_towards_the_threshold) {
  auto role = vendor.role("both", {"*"});
  role["keyids"].push_back(other.id());
  role["threshold"] = 2;
  EXPECT_EQ(trust({vendor.key_object(), other.key_object()}, {role}), "trusted");
  auto document = json::parse(vendor.sign(targets_of(1, {})));
  EXPECT_EQ(put("both", document.dump()), "payload_signature_invalid");
  document["signatures"].push_back(document["signatures"][0]);
  EXPECT_EQ(put("both", document.dump()), "payload_signature_invalid") << "twice the same";
  document["signatures"][1] = json::parse(other.sign(targets_of(1, {})))["signatures"][0];
  EXPECT_EQ(put("both", document.dump()), "taken");
}

TEST_F(delegations_test, refuse_what_is_no_targets_document) {
  trust({vendor.key_object()}, {vendor.role("vendor-a", {"*"})});
  for (const auto& [name, wrong] : std::vector<std::pair<const char*, json>>{{"_type", "Snapshot"},
                                                                             {"version", 0},
                                                                             {"version", "1"},
                                                                             {"version", 2147483648},
                                                                             {"expires", "2027-01-01"},
                                                                             {"targets", json::array()},
                                                                             {"delegations", 1}}) {
    auto content = targets_of(1, {});
    content[name] = wrong;
    EXPECT_EQ(put("vendor-a", vendor.sign(content)), "invalid_entity") << name << wrong;
  }
  EXPECT_EQ(put("vendor-a", "[]"), "invalid_entity");
  EXPECT_EQ(put("vendor-a", R"({"signatures":[],"signatures":[],"signed":{}})"), "invalid_entity") << "a repeated key";
  EXPECT_EQ(images->documents().value()->version, 3) << "nothing of it changed anything";
}

TEST_F(delegations_test, only_go_forward) {
  trust({vendor.key_object()}, {vendor.role("vendor-a", {"*"})});
  const auto second = vendor.sign(targets_of(2, {}));
  EXPECT_EQ(put("vendor-a", second), "taken");
  EXPECT_EQ(put("vendor-a", vendor.sign(targets_of(1, {}))), "invalid_version_bump");
  EXPECT_EQ(put("vendor-a", vendor.sign(targets_of(2, {{"fw", "x"}}))), "invalid_version_bump");
  EXPECT_EQ(put("vendor-a", second), "taken") << "the same once more does no harm";
  EXPECT_EQ(put("vendor-a", vendor.sign(targets_of(7, {}))), "taken");
}

TEST_F(delegations_test, reach_as_far_as_delegates_delegate) {
  trust({vendor.key_object()}, {vendor.role("vendor-a", {"a/*"})});
  EXPECT_EQ(put("team", other.sign(targets_of(1, {}))), "delegations_not_defined");
  auto content = targets_of(1, {});
  content["delegations"] = {{"keys", {{other.id(), other.key_object()}}},
                            {"roles", json::array({other.role("team", {"a/team/*"})})}};
  EXPECT_EQ(put("vendor-a", vendor.sign(content)), "taken");
  EXPECT_EQ(put("team", vendor.sign(targets_of(1, {}))), "payload_signature_invalid");
  EXPECT_EQ(put("team", other.sign(targets_of(1, {{"a/team/fw", "x"}}))), "taken");
  EXPECT_TRUE(part(images->documents().value()->snapshot, "snapshot")["meta"].contains("team.json"));
}

TEST_F(delegations_test, stay_in_the_snapshot_when_nobody_trusts_them_any_more) {
  trust({vendor.key_object()}, {vendor.role("vendor-a", {"*"})});
  put("vendor-a", vendor.sign(targets_of(1, {})));
  EXPECT_EQ(trust({vendor.key_object()}, {}), "trusted");
  EXPECT_TRUE(part(images->documents().value()->snapshot, "snapshot")["meta"].contains("vendor-a.json"));
  EXPECT_EQ(put("vendor-a", vendor.sign(targets_of(2, {}))), "delegations_not_defined");
}

TEST_F(delegations_test, are_refused_with_broken_names_keys_or_thresholds) {
  for (const auto* name : {"root", "targets", "snapshot", "timestamp", "", "a/b", "..", "white space",
                           "a-name-of-more-than-fifty-characters-is-too-long-for-it"})
    EXPECT_EQ(trust({vendor.key_object()}, {vendor.role(name, {"*"})}), "trusted_delegations_invalid") << name;
  EXPECT_EQ(trust({vendor.key_object()}, {other.role("vendor-a", {"*"})}), "trusted_delegations_invalid");
  EXPECT_EQ(trust({vendor.key_object()}, {vendor.role("a", {"*"}), vendor.role("a", {"*"})}),
            "trusted_delegations_invalid");
  auto role = vendor.role("vendor-a", {"*"});
  for (const int threshold : {0, 2}) {
    role["threshold"] = threshold;
    EXPECT_EQ(trust({vendor.key_object()}, {role}), "trusted_delegations_invalid");
  }
  EXPECT_EQ(trust({vendor.key_object()}, {vendor.role("vendor-a", {"*"})}), "trusted");
  EXPECT_EQ(images->trust_keys({}).error().code, "trusted_delegations_invalid") << "a delegation still needs its key";
}

TEST(delegation_input, is_refused_when_it_is_not_as_ota_tuf_takes_it) {
  EXPECT_EQ(read_trusted_keys("{}").error().code, "invalid_entity");
  EXPECT_EQ(read_trusted_keys(R"([{"keytype":"ECPRIME256V1","keyval":{"public":"00"}}])").error().code,
            "invalid_entity");
  EXPECT_EQ(read_trusted_roles("{}").error().code, "invalid_entity");
  EXPECT_EQ(read_trusted_roles(R"([{"name":"a","keyids":[1],"paths":[]}])").error().code, "invalid_entity");
  const auto defaults = read_trusted_roles(R"([{"name":"a","keyids":["k"],"paths":["*"]}])").value();
  EXPECT_EQ(defaults.front().threshold, 1);
  EXPECT_TRUE(defaults.front().terminating);
}

} // namespace
} // namespace otafleet::stub
