#include "server-stub/attack_documents.hpp"

#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "server-stub/ecu_registration.hpp"
#include "server-stub/signed_document.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

constexpr std::int64_t now = 1'800'000'000;

/// Made once: RSA keys take their time.
const repository_keys& keys_of(pki::key_type type, int party) {
  static std::map<std::pair<pki::key_type, int>, repository_keys> made;
  const auto found = made.find({type, party});
  if (found != made.end())
    return found->second;
  return made.emplace(std::pair{type, party}, repository_keys::generate(type, now).value()).first->second;
}

struct attack_documents : ::testing::TestWithParam<pki::key_type> {
  const repository_keys& genuine = keys_of(GetParam(), 0);
  const repository_keys& attackers = keys_of(GetParam(), 1);
  bait lure = bait::make("mark");
  list_material material{
      std::make_shared<ecu_set>(
          read_registration(test_vehicle::make(pki::key_type::ed25519, "gw", 1).registration()).value()),
      {},
      5};

  signed_list bent(attack_kind kind, std::int32_t version = 6) {
    return bend_list({kind, version, now}, material, lure, genuine, attackers).value();
  }
  json content(const signed_list& list, const repository_keys& by, const char* role = "targets") {
    return verified(list.text, *by.roots.back(), role);
  }
  void assign(std::uint32_t ecu, const std::string& filename) {
    material.assignments.push_back(
        {ecu, true, std::make_shared<const image_fact>(image_fact{filename, pki::sha256(as_bytes(filename)), 9}),
         std::make_shared<const std::string>(campaign_id)});
  }
};

TEST_P(attack_documents, name_a_bait_for_the_primary_when_nothing_is_assigned) {
  const auto list = content(bent(attack_kind::rollback, 0), genuine);
  EXPECT_EQ(list["version"], 0);
  EXPECT_EQ(list["targets"].size(), 1u);
  const auto target = list["targets"]["attack-mark"];
  EXPECT_EQ(target["length"], 4096);
  EXPECT_EQ(target["hashes"]["sha256"], pki::sha256_hex(as_bytes(*lure.content)));
  EXPECT_EQ(target["custom"]["ecuIdentifiers"], json::parse(R"({"primary-1":{"hardwareId":"gw"}})"));
  EXPECT_EQ(list["custom"]["correlationId"], lure.correlation_id);
}

TEST_P(attack_documents, bend_what_is_assigned) {
  assign(1, "fw-1");
  const auto list = content(bent(attack_kind::freeze), genuine);
  EXPECT_EQ(list["version"], 6);
  EXPECT_EQ(list["expires"], "2026-12-15T08:00:00Z") << "31 days before 2027-01-15T08:00:00Z";
  EXPECT_EQ(list["targets"]["fw-1"]["custom"]["ecuIdentifiers"],
            json::parse(R"({"secondary-1":{"hardwareId":"sec"}})"));
  EXPECT_EQ(list["custom"]["correlationId"], campaign_id);
}

TEST_P(attack_documents, give_one_ecu_two_images) {
  assign(1, "fw-1");
  assign(0, "fw-2");
  const auto list = content(bent(attack_kind::repeated_ecu), genuine);
  EXPECT_EQ(list["targets"].size(), 3u);
  EXPECT_TRUE(list["targets"]["fw-1"]["custom"]["ecuIdentifiers"].contains("secondary-1"));
  EXPECT_TRUE(list["targets"]["attack-mark.again"]["custom"]["ecuIdentifiers"].contains("secondary-1"));
  material.assignments.clear();
  EXPECT_EQ(content(bent(attack_kind::repeated_ecu), genuine)["targets"].size(), 2u);
}

TEST_P(attack_documents, call_the_hardware_otherwise) {
  assign(0, "fw-1");
  const auto list = content(bent(attack_kind::wrong_hardware), genuine);
  EXPECT_EQ(list["targets"]["fw-1"]["custom"]["ecuIdentifiers"],
            json::parse(R"({"primary-1":{"hardwareId":"not-gw"}})"));
}

TEST_P(attack_documents, are_signed_with_the_key_that_the_attacker_has) {
  const auto by_timestamp = bent(attack_kind::wrong_role_key);
  EXPECT_EQ(content(by_timestamp, genuine, "timestamp")["_type"], "Targets");
  EXPECT_THROW(content(by_timestamp, genuine), std::runtime_error);
  assign(0, "fw-1");
  const auto foreign = bent(attack_kind::arbitrary_software);
  EXPECT_TRUE(content(foreign, attackers)["targets"].contains("attack-mark")) << "he does not know what is assigned";
  EXPECT_THROW(content(foreign, genuine), std::runtime_error);
}

TEST_P(attack_documents, describe_the_bent_list_as_if_nothing_were_wrong) {
  for (const auto kind : {attack_kind::freeze, attack_kind::wrong_role_key, attack_kind::arbitrary_software}) {
    const auto list = bent(kind);
    const auto& root = *(kind == attack_kind::arbitrary_software ? attackers : genuine).roots.back();
    const auto snapshot = verified(list.announced->snapshot, root, "snapshot");
    const auto timestamp = verified(list.announced->timestamp, root, "timestamp");
    EXPECT_EQ(snapshot["meta"]["targets.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(list.text)));
    EXPECT_EQ(snapshot["meta"]["targets.json"]["version"], 6);
    EXPECT_EQ(timestamp["meta"]["snapshot.json"]["length"], list.announced->snapshot.size());
    EXPECT_EQ(timestamp["expires"], "2027-02-15T08:00:00Z");
  }
}

TEST_P(attack_documents, vouch_for_the_bait_in_a_repository_of_the_attacker) {
  const auto set = attackers_repository(lure, "gw", attackers, now).value();
  const auto& root = *attackers.roots.back();
  const auto targets = verified(*set.targets, root, "targets");
  EXPECT_EQ(targets["targets"]["attack-mark"]["custom"]["hardwareIds"], json::parse(R"(["gw"])"));
  EXPECT_EQ(targets["targets"]["attack-mark"]["length"], 4096);
  EXPECT_EQ(verified(*set.snapshot, root, "snapshot")["meta"]["targets.json"]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(*set.targets)));
  EXPECT_EQ(verified(*set.timestamp, root, "timestamp")["meta"]["snapshot.json"]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(*set.snapshot)));
}

INSTANTIATE_TEST_SUITE_P(of, attack_documents, ::testing::Values(pki::key_type::ed25519, pki::key_type::rsa_2048),
                         [](const auto& type) {
                           return type.param == pki::key_type::ed25519 ? "ed25519" : "rsa_2048";
                         });

TEST(attack_content, has_the_length_and_no_byte_of_the_original) {
  const std::string original{"\0a\xff", 3};
  EXPECT_EQ(replaced_content(original), (std::string{"\xff\x9e\0", 3}));
  EXPECT_EQ(replaced_content("").size(), 0u);
}

TEST(attack_content, of_an_endless_list_begins_like_one_and_stays_within_some_mib) {
  const auto& text = *endless_list();
  EXPECT_EQ(text.substr(0, 24), "10000\r\n{\"signatures\":[],");
  EXPECT_EQ(text.size(), 64u * (65'536 + 9));
  EXPECT_EQ(text.find("\r\n0\r\n"), std::string::npos) << "no last chunk";
}

} // namespace
} // namespace otafleet::stub
