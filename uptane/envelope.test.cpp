#include "pki/digest.hpp"
#include "uptane/metadata_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

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
  const auto of = [](std::string_view text) { return outcome(parse_timestamp(repository::image, text)); };
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

} // namespace
} // namespace otafleet::uptane::testing
