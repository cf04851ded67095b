#include "pki/digest.hpp"
#include "uptane/metadata_fixture.hpp"

namespace otafleet::uptane::testing {
namespace {

TEST_F(metadata, of_a_snapshot_describes_roles_by_name) {
  image.snapshot.meta["vendor.a.json"] = R"({"version":3,"length":"ignored","hashes":null})";
  const auto document = parse_snapshot(repository::image, image.snapshot_text()).value();
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
  const auto document = parse_timestamp(repository::image, image.timestamp_text()).value();
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

} // namespace
} // namespace otafleet::uptane::testing
