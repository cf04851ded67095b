#include "server-stub/signing_keys.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server-stub/signed_document.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;
using nlohmann::json;
using uptane::role;

constexpr std::int64_t now = 1'800'000'000;

std::string key_id_of(const repository_keys& keys, const char* role_name) {
  return json::parse(*keys.roots.back())["signed"]["roles"][role_name]["keyids"][0];
}

struct rotation : ::testing::TestWithParam<pki::key_type> {
  repository_keys first = repository_keys::generate(GetParam(), now).value();
};

TEST_P(rotation, of_a_root_key_is_signed_by_the_old_one_and_the_new_one) {
  const auto second = first.rotated({role::root}, now + 60).value();
  const auto old_id = key_id_of(first, "root");
  const auto new_id = key_id_of(second, "root");
  EXPECT_NE(old_id, new_id);
  EXPECT_EQ(signers_of(*second.roots.back(), *first.roots.back(), "root"), std::set{old_id});
  EXPECT_EQ(signers_of(*second.roots.back(), *second.roots.back(), "root"), std::set{new_id});
  const auto content = json::parse(*second.roots.back())["signed"];
  EXPECT_EQ(content["version"], 2);
  EXPECT_EQ(content["expires"], "2028-01-15T08:01:00Z") << "365 days after 2027-01-15T08:01:00Z";
  EXPECT_EQ(content["keys"].size(), 4u) << "the old key is no longer anybody's";
  EXPECT_EQ(key_id_of(first, "targets"), key_id_of(second, "targets"));
}

TEST_P(rotation, of_another_key_needs_no_other_signature_than_the_roots) {
  const auto second = first.rotated({role::targets, role::timestamp}, now).value();
  EXPECT_EQ(json::parse(*second.roots.back())["signatures"].size(), 1u);
  EXPECT_EQ(signers_of(*second.roots.back(), *first.roots.back(), "root").size(), 1u);
  for (const auto* changed : {"targets", "timestamp"})
    EXPECT_NE(key_id_of(first, changed), key_id_of(second, changed));
  for (const auto* kept : {"root", "snapshot"})
    EXPECT_EQ(key_id_of(first, kept), key_id_of(second, kept));
}

INSTANTIATE_TEST_SUITE_P(of, rotation, ::testing::Values(pki::key_type::ed25519, pki::key_type::rsa_2048),
                         [](const auto& type) {
                           return type.param == pki::key_type::ed25519 ? "ed25519" : "rsa_2048";
                         });

TEST(repository_keys, keep_every_root) {
  auto keys = repository_keys::generate(pki::key_type::ed25519, now).value();
  const auto first = keys.roots.front();
  for (int at = 0; at < 3; ++at)
    keys = keys.rotated({role::root}, now).value();
  EXPECT_EQ(keys.root_version(), 4);
  EXPECT_EQ(keys.root_of(1).value(), first);
  EXPECT_EQ(json::parse(*keys.root_of(3).value())["signed"]["version"], 3);
  EXPECT_EQ(keys.root_of(0).value(), keys.root_of(4).value()) << "0 is the newest";
  for (const std::int64_t none : {-1, 5})
    EXPECT_EQ(keys.root_of(none).error().code, "root_role_not_found");
}

TEST(repository_keys, end_at_a_thousand_roots) {
  auto keys = repository_keys::generate(pki::key_type::ed25519, now).value();
  keys.roots.resize(max_roots, keys.roots.front());
  EXPECT_EQ(keys.rotated({role::root}, now).error().code, "too_many_elements");
}

} // namespace
} // namespace otafleet::stub
