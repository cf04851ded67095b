#include "actors/device_mint.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

[[nodiscard]] pki::certificate_authority authority(const char* name) {
  return pki::certificate_authority::create(name, pki::certificate_use::client).value();
}

TEST(device_mint, gives_each_device_a_key_and_a_certificate_that_says_who_it_is) {
  const auto fleet = authority("fleet");
  const auto gateway = authority("gateway");
  const device_mint mint{fleet, {gateway.root()}};
  EXPECT_EQ(mint.only_name(), "");
  EXPECT_EQ(mint.authority_pem(), fleet.root().pem());
  const auto one = mint.make("vans-000001").value();
  const auto two = mint.make("vans-000002").value();
  EXPECT_EQ(one.leaf.common_name(), "vans-000001");
  EXPECT_EQ(two.leaf.common_name(), "vans-000002");
  EXPECT_TRUE(one.leaf.is_signed_by(fleet.root()));
  EXPECT_EQ(one.leaf.subject_public_key().value().spki_pem(), one.key.public_part().spki_pem());
  EXPECT_NE(one.key.public_part().spki_pem(), two.key.public_part().spki_pem());
  ASSERT_EQ(one.authorities.size(), 1u);
  EXPECT_EQ(one.authorities[0].fingerprint(), gateway.root().fingerprint());
}

TEST(device_mint, hands_out_an_imported_device_under_its_own_name) {
  const device_mint factory{authority("fleet"), {authority("gateway").root()}};
  const auto made = factory.make("5a04529c-3f30-418b-b8e8-92bfcc36f54b").value();
  const device_mint mint{made};
  EXPECT_EQ(mint.only_name(), "5a04529c-3f30-418b-b8e8-92bfcc36f54b");
  EXPECT_EQ(mint.authority_pem(), "");
  EXPECT_EQ(mint.make(mint.only_name()).value().leaf.fingerprint(), made.leaf.fingerprint());
}

TEST(device_mint, says_why_a_name_cannot_be_in_a_certificate) {
  const device_mint mint{authority("fleet"), {}};
  EXPECT_EQ(mint.make("").error(), "a certificate needs a common name");
}

} // namespace
} // namespace otafleet::actors
