#include "uptane/metadata_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

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
  EXPECT_FALSE(document->has_delegations());
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

TEST_F(metadata, shows_names_that_a_server_chose_escaped_and_cut) {
  const std::string name = "a\nb" + std::string(200, 'x');
  director.targets.members["targets"] = json_object({{name, "[]"}});
  EXPECT_EQ(targets_outcome(), "InvalidMetadata::targets: invalid targets.json: target of \"a\\nb" +
                                   std::string(77, 'x') + "\"... is not an object");
}

} // namespace
} // namespace otafleet::uptane::testing
