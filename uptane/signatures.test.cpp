#include "uptane/trust_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

/// Director targets judged against a root of two keys for targets.
class check_signatures_of : public trust_fixture {
protected:
  check_signatures_of() { director.set_keys(role::targets, {first, second}, 1); }

  std::string judged(const std::string& text) {
    const auto trusted = parse_root(repository::director, director.root_text()).value();
    const auto document = parse_targets(repository::director, text).value();
    return outcome(check_signatures(repository::director, role::targets, *document, *trusted, watch));
  }

  std::string signed_text() const {
    return json_object({{"_type", json_text("Targets")},
                        {"expires", json_text("2038-01-19T03:14:06Z")},
                        {"targets", "{}"},
                        {"version", "1"}});
  }

  signer first = director.fresh_signer();
  signer second = director.fresh_signer();
  signer stranger = director.fresh_signer();
};

TEST_F(check_signatures_of, takes_one_valid_signature_of_any_of_the_roles_keys) {
  EXPECT_EQ(judged(sealed(signed_text(), {first})), "accepted");
  EXPECT_EQ(judged(sealed(signed_text(), {second})), "accepted");
  EXPECT_EQ(watch.checked, (std::vector<role>{role::targets, role::targets}));
}

TEST_F(check_signatures_of, checks_the_signatures_bytes) {
  // A client that looks at key ids only passes every public vector.
  const auto other_text = signed_text() + " ";
  EXPECT_EQ(judged(envelope_text(signed_text(), {signature_entry(first, other_text)})), "BadKeyId::targets");
  const auto forged =
      json_object({{"keyid", json_text(first.id)}, {"method", json_text("ed25519")}, {"sig", json_text("")}});
  EXPECT_EQ(judged(envelope_text(signed_text(), {forged})), "BadKeyId::targets");
  const auto broken =
      json_object({{"keyid", json_text(first.id)}, {"method", json_text("ed25519")}, {"sig", json_text("!")}});
  EXPECT_EQ(judged(envelope_text(signed_text(), {broken})), "BadKeyId::targets");
}

TEST_F(check_signatures_of, does_not_take_another_keys_signature_under_a_known_id) {
  auto thief = stranger;
  thief.id = first.id;
  EXPECT_EQ(judged(sealed(signed_text(), {thief})), "BadKeyId::targets");
}

TEST_F(check_signatures_of, passes_over_unknown_keys_without_checking_them) {
  EXPECT_EQ(judged(sealed(signed_text(), {stranger, first})), "accepted");
  EXPECT_EQ(watch.checked.size(), 1U);
  EXPECT_EQ(judged(sealed(signed_text(), {stranger})), "BadKeyId::targets");
}

TEST_F(check_signatures_of, passes_over_keys_of_another_role) {
  EXPECT_EQ(judged(sealed(signed_text(), director.root.signers)), "BadKeyId::targets");
  EXPECT_TRUE(watch.checked.empty());
}

TEST_F(check_signatures_of, wants_as_many_valid_signatures_as_the_threshold) {
  director.set_keys(role::targets, {first, second}, 2);
  EXPECT_EQ(judged(sealed(signed_text(), {first, second})), "accepted");
  EXPECT_EQ(judged(sealed(signed_text(), {first})), "UnmetThreshold::targets");
  EXPECT_EQ(judged(sealed(signed_text(), {first, stranger})), "UnmetThreshold::targets");
  EXPECT_EQ(
      judged(envelope_text(signed_text(), {signature_entry(first, signed_text()), signature_entry(second, "other")})),
      "UnmetThreshold::targets");
}

TEST_F(check_signatures_of, tells_a_missing_signature_from_a_wrong_one) {
  EXPECT_EQ(judged(sealed(signed_text(), {})), "UnmetThreshold::targets");
  EXPECT_EQ(judged(sealed(signed_text(), {stranger})), "BadKeyId::targets");
  EXPECT_EQ(judged(sealed(signed_text(), {stranger, director.fresh_signer()})), "UnmetThreshold::targets");
}

TEST_F(check_signatures_of, counts_no_key_twice) {
  director.set_keys(role::targets, {first, second}, 2);
  EXPECT_EQ(judged(sealed(signed_text(), {first, first})), "NonUniqueSignatures::targets");
  EXPECT_EQ(judged(sealed(signed_text(), {first, second, stranger, stranger})), "NonUniqueSignatures::targets");
}

TEST_F(check_signatures_of, refuses_unknown_methods_even_of_superfluous_signatures) {
  const auto good = signature_entry(first, signed_text());
  EXPECT_EQ(judged(envelope_text(signed_text(), {good, signature_entry(stranger, signed_text(), "ecdsa")})),
            "SecurityException::targets");
  EXPECT_EQ(judged(envelope_text(signed_text(), {signature_entry(first, signed_text(), "")})), "accepted");
}

TEST_F(check_signatures_of, takes_methods_in_any_case_and_does_not_hold_them_against_the_key) {
  EXPECT_EQ(judged(envelope_text(signed_text(), {signature_entry(first, signed_text(), "Ed25519")})), "accepted");
  EXPECT_EQ(judged(envelope_text(signed_text(), {signature_entry(first, signed_text(), "RSASSA-PSS")})), "accepted");
  EXPECT_EQ(judged(envelope_text(signed_text(), {signature_entry(first, signed_text(), "rsassa-pss-sha256")})),
            "accepted");
}

TEST_F(check_signatures_of, covers_the_canonical_text_whatever_the_layout) {
  const auto compact = sealed(signed_text(), {first});
  auto spaced = compact;
  for (std::size_t at = 0; (at = spaced.find("\":", at)) != std::string::npos; at += 4)
    spaced.replace(at, 2, "\" : ");
  ASSERT_NE(spaced, compact);
  EXPECT_EQ(judged(spaced), "accepted");
}

TEST_F(check_signatures_of, refuses_a_role_that_the_root_does_not_have) {
  director.root.roles.erase("targets");
  EXPECT_EQ(judged(sealed(signed_text(), {first})), "IllegalThreshold::targets");
}

TEST_F(check_signatures_of, verifies_rsa) {
  const auto rsa = signer_number(pki::key_type::rsa_2048, 0);
  director.set_keys(role::targets, {rsa}, 1);
  EXPECT_EQ(judged(sealed(signed_text(), {rsa})), "accepted");
  EXPECT_EQ(judged(envelope_text(signed_text(), {signature_entry(rsa, "other")})), "BadKeyId::targets");
}

TEST_F(check_signatures_of, never_counts_a_key_of_an_odd_size) {
  const auto odd = signer_number(pki::key_type::rsa_2048, 0);
  director.set_keys(role::targets, {odd}, 1);
  // RSA-1024, by its SubjectPublicKeyInfo, under the id of the key that signs.
  const std::string pem = "-----BEGIN PUBLIC KEY-----\n"
                          "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugd\n"
                          "UWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUparCwlvdbH6dvEOfou0/gCFQs\n"
                          "HUfQrSDv+MuSUMAe8jzKE4qW+jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5D\n"
                          "o2kQ+X5xK9cipRgEKwIDAQAB\n"
                          "-----END PUBLIC KEY-----\n";
  director.root.members["keys"] = json_object(
      {{odd.id, json_object({{"keytype", json_text("RSA")}, {"keyval", json_object({{"public", json_text(pem)}})}})}});
  EXPECT_EQ(judged(sealed(signed_text(), {odd})), "BadKeyId::targets");
  EXPECT_TRUE(watch.checked.empty());
}

} // namespace
} // namespace otafleet::uptane::testing
