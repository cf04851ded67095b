#include "uptane/metadata.hpp"

#include <malloc.h>

#include <gtest/gtest.h>

#include "pki/digest.hpp"
#include "uptane/test_repository.hpp"

namespace otafleet::uptane::testing {
namespace {

class metadata : public ::testing::Test {
protected:
  template <class Document>
  static std::string outcome(const tl::expected<Document, failure>& of) {
    return of ? "parsed" : of.error().name() + ": " + of.error().detail;
  }

  std::string root_outcome() const { return outcome(parse_root(repository::director, director.root_text())); }
  std::string targets_outcome() const { return outcome(parse_targets(repository::director, director.targets_text())); }
  std::string snapshot_outcome() const { return outcome(parse_snapshot(image.snapshot_text())); }
  std::string timestamp_outcome() const { return outcome(parse_timestamp(image.timestamp_text())); }

  /// The one target `fw`, as raw JSON.
  std::string with_target(const std::string& raw) {
    director.targets.members["targets"] = json_object({{"fw", raw}});
    return targets_outcome();
  }

  static std::string target_with_custom(const std::string& custom) {
    return json_object(
        {{"custom", custom}, {"hashes", json_object({{"sha256", json_text(std::string(64, 'a'))}})}, {"length", "1"}});
  }

  test_repository director{repository::director, pki::key_type::ed25519};
  test_repository image{repository::image, pki::key_type::ed25519};
};

// -- envelope --------------------------------------------------------------------

TEST_F(metadata, knows_the_hash_and_length_of_its_canonical_form) {
  const auto text = director.targets_text();
  const auto spaced = text.substr(0, text.size() - 1) + " \n}";
  for (const auto& served : {text, spaced}) {
    const auto document = parse_targets(repository::director, served).value();
    EXPECT_EQ(document->sha256, pki::sha256_hex(as_bytes(text)));
    EXPECT_EQ(document->sha512, pki::sha512_hex(as_bytes(text)));
    EXPECT_EQ(document->canonical_length, text.size());
  }
}

TEST_F(metadata, counts_every_member_of_the_envelope_into_its_hash) {
  auto text = director.targets_text();
  text.insert(1, R"("a":1,)");
  text.insert(text.size() - 1, R"(,"z":[2])");
  const auto document = parse_targets(repository::director, text).value();
  EXPECT_EQ(document->sha256, pki::sha256_hex(as_bytes(text)));
  EXPECT_EQ(document->canonical_length, text.size());
}

TEST_F(metadata, keeps_the_signed_text_apart) {
  const auto document = parse_targets(repository::director, director.targets_text()).value();
  EXPECT_EQ(document->signed_text, R"({"_type":"Targets","expires":"2038-01-19T03:14:06Z","targets":{},"version":1})");
  ASSERT_EQ(document->signatures.size(), 1U);
  EXPECT_EQ(document->signatures.front().key_id, director.targets.signers.front().id);
  EXPECT_EQ(document->signatures.front().value.size(), 64U);
  EXPECT_EQ(document->expires.text(), "2038-01-19T03:14:06Z");
}

TEST_F(metadata, must_be_an_envelope) {
  const auto of = [](std::string_view text) { return outcome(parse_timestamp(text)); };
  EXPECT_EQ(of("[]"), "InvalidMetadata::timestamp: invalid metadata json: not an object");
  EXPECT_EQ(of("{}"), "InvalidMetadata::timestamp: invalid timestamp.json: signed is missing");
  EXPECT_EQ(of(R"({"signed":{}})"), "InvalidMetadata::timestamp: invalid timestamp.json: signatures is missing");
  EXPECT_EQ(of(R"({"signed":[],"signatures":[]})"),
            "InvalidMetadata::timestamp: invalid timestamp.json: signed is not an object");
  EXPECT_EQ(of(R"({"signed":{},"signatures":{}})"),
            "InvalidMetadata::timestamp: invalid timestamp.json: signatures is not an array");
  EXPECT_EQ(of(R"({"signed":{},"signatures":[{"keyid":"a","sig":""}]})"),
            "InvalidMetadata::timestamp: invalid timestamp.json: method of \"signatures\" is missing");
  EXPECT_EQ(of(R"({"signed":{},"signatures":[{"keyid":7,"method":"","sig":""}]})"),
            "InvalidMetadata::timestamp: invalid timestamp.json: keyid of \"signatures\" is not a string");
  EXPECT_EQ(of(R"({"signed":{},"signatures":[],"signed":{}})"),
            "InvalidMetadata::timestamp: the JSON repeats the key \"signed\"");
  EXPECT_EQ(of("<html>404</html>").substr(0, 49), "InvalidMetadata::timestamp: invalid metadata json");
}

TEST_F(metadata, has_a_version_of_int32) {
  for (const auto* const good : {"0", "1", "2147483647"}) {
    director.targets.members["version"] = good;
    EXPECT_EQ(targets_outcome(), "parsed") << good;
  }
  for (const auto* const bad :
       {"\"1\"", "1.0", "1e0", "null", "true", "[]", "2147483648", "-1", "18446744073709551615"}) {
    director.targets.members["version"] = bad;
    EXPECT_EQ(targets_outcome().substr(0, 58), "InvalidMetadata::targets: invalid targets.json: version is") << bad;
  }
}

TEST_F(metadata, has_a_date_of_twenty_characters) {
  for (const auto* const bad :
       {"2038-01-19", "2038-01-19T03:14:06.5Z", "2038-01-19T03:14:06+00:00", "2038-02-30T03:14:06Z"}) {
    director.targets.expires = bad;
    EXPECT_EQ(targets_outcome().substr(0, 79),
              "InvalidMetadata::targets: invalid targets.json: expires is an invalid timestamp")
        << bad;
  }
  director.targets.members["expires"] = "2038";
  EXPECT_EQ(targets_outcome(), "InvalidMetadata::targets: invalid targets.json: expires is not a string");
}

TEST_F(metadata, has_a_type_that_only_the_root_may_write_in_any_case) {
  director.root.members["_type"] = json_text("rOOT");
  EXPECT_EQ(root_outcome(), "parsed");
  image.timestamp.members["_type"] = json_text("timestamp");
  EXPECT_EQ(timestamp_outcome(), "InvalidMetadata::timestamp: invalid timestamp.json: _type is not written Timestamp");
  image.snapshot.members["_type"] = json_text("Root");
  EXPECT_EQ(snapshot_outcome(), "SecurityException::snapshot: the document is of type \"Root\", not Snapshot");
  director.root.members["_type"].clear();
  EXPECT_EQ(root_outcome(), "InvalidMetadata::root: invalid root.json: _type is missing");
}

TEST_F(metadata, is_refused_beyond_its_size) {
  director.targets.members["custom"] = json_object({{"pad", json_text(std::string(64 * 1024, 'x'))}});
  EXPECT_EQ(targets_outcome(), "MetadataFetchFailure::targets: the document is longer than 65536 bytes");
  EXPECT_EQ(outcome(parse_targets(repository::image, director.targets_text())), "parsed") << "8 MiB there";
}

// -- root ------------------------------------------------------------------------

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
    EXPECT_EQ(root_outcome(), "IllegalThreshold::root: the role snapshot has an illegal signature threshold: " +
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

// -- targets ---------------------------------------------------------------------

TEST_F(metadata, of_targets_holds_all_that_a_device_needs) {
  auto wanted = director_target("dir/fw-1.bin", 200000, "primary", "hw");
  wanted.uri = "https://cdn.example/fw";
  director.targets.list = {wanted};
  director.targets.correlation_id = "urn:here-ota:campaign:1";
  const auto document = parse_targets(repository::director, director.targets_text()).value();
  ASSERT_EQ(document->list.size(), 1U);
  const auto& found = document->list.front();
  EXPECT_EQ(found.filename, "dir/fw-1.bin");
  EXPECT_EQ(found.length, 200000U);
  EXPECT_EQ(found.hashes, wanted.hashes);
  EXPECT_EQ(found.format, "BINARY");
  EXPECT_EQ(found.uri, "https://cdn.example/fw");
  EXPECT_EQ(found.ecus, wanted.ecus);
  EXPECT_EQ(document->correlation_id, "urn:here-ota:campaign:1");
  EXPECT_FALSE(document->has_delegations);
}

TEST_F(metadata, of_targets_is_sorted_by_filename_however_it_was_written) {
  const auto raw = target_with_custom("{}");
  const auto text = sealed(R"({"_type":"Targets","expires":"2038-01-19T03:14:06Z","targets":{"b":)" + raw + R"(,"a":)" +
                               raw + R"(},"version":1})",
                           director.targets.signers);
  const auto document = parse_targets(repository::director, text).value();
  EXPECT_EQ(document->list.front().filename, "a");
  EXPECT_EQ(document->list.back().filename, "b");
}

TEST_F(metadata, of_targets_reads_hashes_of_either_case) {
  EXPECT_EQ(with_target(R"({"length":1,"hashes":{"sha256":")" + std::string(64, 'A') + R"("}})"), "parsed");
  EXPECT_EQ(parse_targets(repository::director, director.targets_text()).value()->list.front().hashes.sha256,
            std::string(64, 'a'));
}

TEST_F(metadata, of_targets_is_strict_about_hashes) {
  const auto with = [&](const std::string& hashes) { return with_target(R"({"length":1,"hashes":)" + hashes + "}"); };
  EXPECT_EQ(with("{}"),
            "InvalidMetadata::targets: invalid targets.json: hashes of \"fw\" holds neither sha256 nor sha512");
  EXPECT_EQ(with(R"({"md5":"00"})"),
            "InvalidMetadata::targets: invalid targets.json: hashes of \"fw\" holds neither sha256 nor sha512");
  EXPECT_EQ(with(R"({"sha256":"aa"})"),
            "InvalidMetadata::targets: invalid targets.json: sha256 of \"fw\" is not 64 hexadecimal digits");
  EXPECT_EQ(with(R"({"sha512":")" + std::string(128, 'g') + "\"}"),
            "InvalidMetadata::targets: invalid targets.json: sha512 of \"fw\" is not 128 hexadecimal digits");
  EXPECT_EQ(with(R"({"sha512":5})"),
            "InvalidMetadata::targets: invalid targets.json: sha512 of \"fw\" is not a string");
}

TEST_F(metadata, of_targets_takes_null_and_the_example_address_for_no_uri) {
  EXPECT_EQ(
      with_target(target_with_custom(R"({"uri":null,"targetFormat":null,"hardwareIds":null,"ecuIdentifiers":null})")),
      "parsed");
  for (const auto* const unset : {"null", "\"https://example.com/\"", "\"\""}) {
    with_target(target_with_custom(json_object({{"uri", unset}})));
    EXPECT_EQ(parse_targets(repository::director, director.targets_text()).value()->list.front().uri, "") << unset;
  }
  with_target(target_with_custom(R"({"uri":"https://example.com/x"})"));
  EXPECT_EQ(parse_targets(repository::director, director.targets_text()).value()->list.front().uri,
            "https://example.com/x");
}

TEST_F(metadata, of_targets_is_strict_about_types) {
  const std::string prefix = "InvalidMetadata::targets: invalid targets.json: ";
  EXPECT_EQ(with_target("[]"), prefix + "target of \"fw\" is not an object");
  EXPECT_EQ(with_target(R"({"hashes":{},"length":-1})"),
            prefix + "length of \"fw\" is not between 0 and 9223372036854775807");
  EXPECT_EQ(with_target(R"({"hashes":{},"length":"1"})"), prefix + "length of \"fw\" is not an integer");
  EXPECT_EQ(with_target(R"({"hashes":{}})"), prefix + "length of \"fw\" is missing");
  EXPECT_EQ(with_target(R"({"length":1})"), prefix + "hashes of \"fw\" is missing");
  EXPECT_EQ(with_target(target_with_custom("[]")), prefix + "custom of \"fw\" is not an object");
  EXPECT_EQ(with_target(target_with_custom(R"({"uri":1})")), prefix + "uri of \"fw\" is not a string");
  EXPECT_EQ(with_target(target_with_custom(R"({"targetFormat":{}})")),
            prefix + "targetFormat of \"fw\" is not a string");
  EXPECT_EQ(with_target(target_with_custom(R"({"hardwareIds":"hw"})")),
            prefix + "hardwareIds of \"fw\" is not an array");
  EXPECT_EQ(with_target(target_with_custom(R"({"hardwareIds":[1]})")),
            prefix + "hardwareIds of \"fw\" is not a string");
  EXPECT_EQ(with_target(target_with_custom(R"({"ecuIdentifiers":[]})")),
            prefix + "ecuIdentifiers of \"fw\" is not an object");
  EXPECT_EQ(with_target(target_with_custom(R"({"ecuIdentifiers":{"e":{}}})")),
            prefix + "hardwareId of \"fw\" is missing");
  director.targets.members = {{"custom", R"({"correlationId":7})"}};
  EXPECT_EQ(targets_outcome(), prefix + "correlationId is not a string");
  director.targets.members = {{"targets", ""}};
  EXPECT_EQ(targets_outcome(), prefix + "targets is missing");
}

TEST_F(metadata, of_targets_may_hold_a_fraction_in_a_custom_member) {
  EXPECT_EQ(with_target(target_with_custom(R"({"score":0.5})")), "parsed");
}

TEST_F(metadata, of_targets_says_whether_it_delegates) {
  director.targets.members["delegations"] = R"({"keys":{},"roles":[{"name":"a"}]})";
  EXPECT_TRUE(parse_targets(repository::image, director.targets_text()).value()->has_delegations);
  director.targets.members["delegations"] = R"({"keys":{},"roles":[]})";
  EXPECT_FALSE(parse_targets(repository::image, director.targets_text()).value()->has_delegations);
  director.targets.members["delegations"] = "null";
  EXPECT_FALSE(parse_targets(repository::image, director.targets_text()).value()->has_delegations);
  director.targets.members["delegations"] = R"({"keys":{"k":{"keytype":"EC","keyval":{"public":""}}},"roles":[]})";
  EXPECT_EQ(targets_outcome(), "SecurityException::targets: Unsupported key type \"EC\"");
}

TEST_F(metadata, shows_names_that_a_server_chose_escaped_and_cut) {
  const std::string name = "a\nb" + std::string(200, 'x');
  director.targets.members["targets"] = json_object({{name, "[]"}});
  EXPECT_EQ(targets_outcome(), "InvalidMetadata::targets: invalid targets.json: target of \"a\\nb" +
                                   std::string(77, 'x') + "\"... is not an object");
}

// -- snapshot and timestamp ------------------------------------------------------

TEST_F(metadata, of_a_snapshot_describes_roles_by_name) {
  image.snapshot.meta["vendor.a.json"] = R"({"version":3,"length":"ignored","hashes":null})";
  const auto document = parse_snapshot(image.snapshot_text()).value();
  EXPECT_EQ(document->meta.size(), 3U);
  EXPECT_EQ(document->meta.at("vendor.a").version, 3);
  EXPECT_EQ(document->meta.at("targets").sha256, pki::sha256_hex(as_bytes(image.targets_text())));
  EXPECT_EQ(document->meta.at("targets").length, -1) << "no client looks at it";
}

TEST_F(metadata, of_a_snapshot_needs_an_integer_version_in_every_entry) {
  const std::string prefix = "InvalidMetadata::snapshot: invalid snapshot.json: ";
  image.snapshot.meta["other.json"] = "{}";
  EXPECT_EQ(snapshot_outcome(), prefix + "version of \"other.json\" is missing");
  image.snapshot.meta["other.json"] = R"({"version":"1"})";
  EXPECT_EQ(snapshot_outcome(), prefix + "version of \"other.json\" is not an integer");
  image.snapshot.meta["other.json"] = "7";
  EXPECT_EQ(snapshot_outcome(), prefix + "meta of \"other.json\" is not an object");
  image.snapshot.meta = {{"targets.txt", R"({"version":1})"}};
  EXPECT_EQ(snapshot_outcome(), prefix + "meta of \"targets.txt\" describes a role for the second time");
}

TEST_F(metadata, of_a_timestamp_describes_the_snapshot) {
  const auto text = image.snapshot_text();
  const auto document = parse_timestamp(image.timestamp_text()).value();
  EXPECT_EQ(document->snapshot.sha256, pki::sha256_hex(as_bytes(text)));
  EXPECT_EQ(document->snapshot.sha512, pki::sha512_hex(as_bytes(text)));
  EXPECT_EQ(document->snapshot.length, static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(document->snapshot.version, 1);
}

TEST_F(metadata, of_a_timestamp_is_strict_about_types) {
  const auto with = [&](const std::string& raw) {
    image.timestamp.meta["snapshot.json"] = raw;
    return timestamp_outcome();
  };
  const std::string prefix = "InvalidMetadata::timestamp: invalid timestamp.json: ";
  EXPECT_EQ(with(R"({"hashes":[],"length":1,"version":1})"), prefix + "hashes of \"snapshot.json\" is not an object");
  EXPECT_EQ(with(R"({"hashes":{},"length":1.5,"version":1})"),
            prefix + "length of \"snapshot.json\" is not an integer");
  EXPECT_EQ(with(R"({"hashes":{},"length":1,"version":null})"),
            prefix + "version of \"snapshot.json\" is not an integer");
  EXPECT_EQ(with("1"), prefix + "snapshot.json is not an object");
}

// -- memory ----------------------------------------------------------------------

TEST_F(metadata, of_8_mib_is_kept_in_less_than_three_times_its_size) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's allocator does not count";
#endif
  // As ota-lith writes them, some 330 bytes each.
  json_members list;
  for (int number = 0; number < 24000; ++number) {
    const auto name = "core-image-" + std::to_string(number);
    list[name] = json_object({{"custom", json_object({{"cliUploaded", "true"},
                                                      {"createdAt", json_text("2026-01-01T10:00:00Z")},
                                                      {"hardwareIds", json_array({json_text("raspberrypi4-64")})},
                                                      {"name", json_text("core-image-minimal")},
                                                      {"targetFormat", json_text("BINARY")},
                                                      {"updatedAt", json_text("2026-01-01T10:00:00Z")},
                                                      {"uri", "null"},
                                                      {"version", json_text("0.0." + std::to_string(number))}})},
                              {"hashes", json_object({{"sha256", json_text(pki::sha256_hex(as_bytes(name)))}})},
                              {"length", "35445"}});
  }
  image.targets.members["targets"] = json_object(list);
  const auto text = image.targets_text();
  ASSERT_GT(text.size(), max_image_targets_bytes * 9 / 10);
  ASSERT_LE(text.size(), max_image_targets_bytes);

  const auto used = [] {
    const auto now = mallinfo2();
    return now.uordblks + now.hblkhd;
  };
  const auto before = used();
  const auto document = parse_targets(repository::image, text);
  const auto kept = used() - before;
  ASSERT_TRUE(document);
  EXPECT_EQ((*document)->list.size(), 24000U);
  EXPECT_GT(kept, text.size());
  EXPECT_LT(kept, text.size() * 3);
  RecordProperty("kept_per_byte_in_percent", static_cast<int>(kept * 100 / text.size()));
}

} // namespace
} // namespace otafleet::uptane::testing
