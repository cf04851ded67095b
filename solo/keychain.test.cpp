#include "solo/keychain.hpp"

#include <gtest/gtest.h>

#include "pki/certificate_authority.hpp"

namespace otafleet::solo {
namespace {

using device::credential_use;

[[nodiscard]] keychain from(const records& found) {
  auto made = keychain::from_records(found, net::sent_chain::leaf);
  EXPECT_TRUE(made) << made.error();
  return std::move(*made);
}

[[nodiscard]] records records_of(const keychain& keys) {
  records made;
  keys.add_records(made);
  return made;
}

[[nodiscard]] pki::credential credential_called(const std::string& name) {
  const auto authority = pki::certificate_authority::create("test ca", pki::certificate_use::client).value();
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  pki::issue_request wanted;
  wanted.common_name = name;
  auto leaf = authority.issue(key.public_part(), wanted).value();
  return {std::move(key), std::move(leaf), {authority.root()}};
}

TEST(keychain, makes_each_ecu_one_key_and_keeps_it) {
  auto keys = from({});
  const auto first = keys.key_of(0, pki::key_type::ed25519).value();
  const auto second = keys.key_of(1, pki::key_type::ed25519).value();
  EXPECT_NE(first.spki_pem(), second.spki_pem());

  auto again = from(records_of(keys));
  EXPECT_EQ(again.key_of(0, pki::key_type::rsa_2048).value().spki_pem(), first.spki_pem());
  EXPECT_EQ(again.key_of(1, pki::key_type::ed25519).value().spki_pem(), second.spki_pem());
  EXPECT_TRUE(second.verify(as_bytes("message"), again.sign(1, "message").value()));
  EXPECT_FALSE(first.verify(as_bytes("message"), again.sign(1, "message").value()));
}

TEST(keychain, signs_for_no_ecu_that_has_no_key) {
  EXPECT_FALSE(from({}).sign(0, "message"));
}

TEST(keychain, speaks_as_nobody_until_it_has_a_credential) {
  auto keys = from({});
  const auto nobody = net::identity::nobody();
  for (const auto use : {credential_use::shared, credential_use::own, credential_use::none})
    EXPECT_EQ(keys.identity(use), nobody);
  const auto shared = credential_called("account");
  const auto own = credential_called("device");
  ASSERT_TRUE(keys.share(shared));
  ASSERT_TRUE(keys.adopt(own));
  EXPECT_EQ(as_text(keys.identity(credential_use::shared)->leaf_der()), as_text(shared.leaf.der()));
  EXPECT_EQ(as_text(keys.identity(credential_use::own)->leaf_der()), as_text(own.leaf.der()));
  EXPECT_EQ(keys.identity(credential_use::none), nobody);
}

TEST(keychain, keeps_its_own_credential_and_not_the_shared_one) {
  auto keys = from({});
  ASSERT_TRUE(keys.share(credential_called("account")));
  EXPECT_TRUE(records_of(keys).empty());
  const auto own = credential_called("device");
  ASSERT_TRUE(keys.adopt(own));
  const auto again = from(records_of(keys));
  ASSERT_TRUE(again.own());
  EXPECT_EQ(again.own()->leaf.fingerprint(), own.leaf.fingerprint());
  EXPECT_EQ(again.own()->key.pkcs8_pem(), own.key.pkcs8_pem());
  ASSERT_EQ(again.own()->authorities.size(), 1U);
  EXPECT_EQ(again.own()->authorities[0].fingerprint(), own.authorities[0].fingerprint());
}

TEST(keychain, trusts_nobody_with_a_credential_that_brings_no_authority) {
  auto keys = from({});
  auto own = credential_called("device");
  own.authorities.clear();
  EXPECT_FALSE(keys.adopt(own));
  EXPECT_EQ(keys.identity(credential_use::own), net::identity::nobody());
  // A server that sends such a one must not make the state unreadable.
  EXPECT_TRUE(from(records_of(keys)).own());
}

TEST(keychain, names_the_record_that_is_damaged_but_not_what_is_in_it) {
  auto keys = from({});
  static_cast<void>(keys.key_of(0, pki::key_type::ed25519));
  ASSERT_TRUE(keys.adopt(credential_called("device")));
  const auto good = records_of(keys);
  for (const auto& [name, content] : good) {
    auto bad = good;
    bad[name] = "secret that is no key";
    const auto refused = keychain::from_records(bad, net::sent_chain::leaf);
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().find("'" + name + "'"), std::string::npos) << refused.error();
    EXPECT_EQ(refused.error().find("secret"), std::string::npos) << refused.error();
  }
  auto bad = good;
  bad.erase("credential/key");
  EXPECT_FALSE(keychain::from_records(bad, net::sent_chain::leaf));
  EXPECT_FALSE(keychain::from_records({{"key/x", good.at("key/0")}}, net::sent_chain::leaf));
}

} // namespace
} // namespace otafleet::solo
