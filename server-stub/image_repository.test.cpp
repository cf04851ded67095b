#include "server-stub/image_repository.hpp"

#include <gtest/gtest.h>

#include "server-stub/signed_document.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;
using nlohmann::json;

std::int64_t now = 1'800'000'000;
std::int64_t test_clock() {
  return now;
}

struct image_repository_test : ::testing::TestWithParam<pki::key_type> {
  image_store store;
  std::unique_ptr<image_repository> images =
      image_repository::make(repository_keys::generate(GetParam(), now).value(), test_clock, store).value();

  void TearDown() override { now = 1'800'000'000; }

  std::string_view add(const std::string& filename, std::string content) {
    const auto added = images->add({filename, "fw", "1", {"gw"}, "BINARY"}, std::move(content));
    return added ? "added" : added.error().code;
  }

  json part(const shared_text& text, const char* role) { return verified(*text, *images->root(1).value(), role); }
};

TEST_P(image_repository_test, describes_each_document_by_the_digest_and_length_of_what_it_serves) {
  EXPECT_EQ(add("dir/fw 1.bin", "content"), "added");
  const auto set = *images->documents().value();
  const auto targets = part(set.targets, "targets");
  const auto snapshot = part(set.snapshot, "snapshot");
  const auto timestamp = part(set.timestamp, "timestamp");

  EXPECT_EQ(targets["_type"], "Targets");
  EXPECT_EQ(targets["version"], 2) << "the first one was empty";
  const auto target = targets["targets"]["dir/fw 1.bin"];
  EXPECT_EQ(target["length"], 7);
  EXPECT_EQ(target["hashes"]["sha256"], "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73");
  EXPECT_EQ(target["custom"]["hardwareIds"], json::parse(R"(["gw"])"));
  EXPECT_EQ(target["custom"]["createdAt"], "2027-01-15T08:00:00Z");

  EXPECT_EQ(snapshot["meta"]["targets.json"]["version"], 2);
  EXPECT_EQ(snapshot["meta"]["targets.json"]["length"], set.targets->size());
  EXPECT_EQ(snapshot["meta"]["targets.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(*set.targets)));
  EXPECT_EQ(snapshot["meta"]["root.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(*images->root(1).value())));
  EXPECT_EQ(timestamp["meta"]["snapshot.json"]["version"], snapshot["version"]);
  EXPECT_EQ(timestamp["meta"]["snapshot.json"]["length"], set.snapshot->size());
  EXPECT_EQ(timestamp["meta"]["snapshot.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(*set.snapshot)));
  EXPECT_EQ(set.targets_checksum, pki::sha256_hex(as_bytes(*set.targets)));
  EXPECT_EQ(timestamp["expires"], "2027-02-15T08:00:00Z");
  EXPECT_EQ(*images->content("dir/fw 1.bin"), "content");
}

TEST_P(image_repository_test, gives_every_change_the_next_version) {
  EXPECT_EQ(part(images->documents().value()->timestamp, "timestamp")["version"], 1);
  add("a", "1");
  add("b", "2");
  now += 60;
  add("a", "3");
  const auto set = *images->documents().value();
  EXPECT_EQ(part(set.timestamp, "timestamp")["version"], 4);
  const auto again = part(set.targets, "targets")["targets"]["a"]["custom"];
  EXPECT_EQ(again["createdAt"], "2027-01-15T08:00:00Z");
  EXPECT_EQ(again["updatedAt"], "2027-01-15T08:01:00Z");
  EXPECT_EQ(*images->content("a"), "3");
}

TEST_P(image_repository_test, signs_anew_an_hour_before_expiry) {
  now += 31 * 86'400 - 3'601;
  EXPECT_EQ(images->documents().value()->version, 1);
  now += 1;
  EXPECT_EQ(part(images->documents().value()->timestamp, "timestamp")["version"], 2);
}

TEST_P(image_repository_test, refuses_names_that_servers_or_devices_would_stumble_over) {
  EXPECT_EQ(add("", "c"), "invalid_entity");
  EXPECT_EQ(add("../etc/passwd", "c"), "invalid_entity");
  EXPECT_EQ(add(std::string(253, 'n'), "c"), "added");
  EXPECT_EQ(add(std::string(254, 'n'), "c"), "invalid_entity");
  EXPECT_EQ(add("caf\xc3\xa9", "c"), "not_supported_chars");
  EXPECT_EQ(images->add({"f", "n", "1", {}, "BINARY"}, "c").error().code, "invalid_entity");
  EXPECT_EQ(images->add({"f", "n", "1", {"gw"}, "TARBALL"}, "c").error().code, "invalid_entity");
  EXPECT_EQ(images->documents().value()->version, 2) << "one was added";
}

TEST_P(image_repository_test, holds_equal_content_once) {
  add("a", std::string(1000, 'x'));
  add("b", std::string(1000, 'x'));
  EXPECT_EQ(images->content("a").get(), images->content("b").get());
}

TEST_P(image_repository_test, signs_everything_anew_after_a_rotation) {
  add("a", "1");
  const auto before = *images->documents().value();
  EXPECT_EQ(images->rotate({uptane::role::root, uptane::role::targets, uptane::role::snapshot}).value(), 2);
  EXPECT_EQ(images->root(3).error().code, "root_role_not_found");
  const auto root = *images->root(2).value();
  const auto after = *images->documents().value();
  EXPECT_EQ(verified(*after.targets, root, "targets")["targets"], json::parse(*before.targets)["signed"]["targets"]);
  EXPECT_EQ(verified(*after.targets, root, "targets")["version"], before.version + 1);
  const auto snapshot = verified(*after.snapshot, root, "snapshot");
  EXPECT_EQ(snapshot["meta"]["root.json"]["version"], 2);
  EXPECT_EQ(snapshot["meta"]["root.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(root)));
  EXPECT_EQ(verified(*after.timestamp, root, "timestamp")["version"], before.version + 1);
  EXPECT_THROW(verified(*after.targets, *images->root(1).value(), "targets"), std::runtime_error);
}

TEST_P(image_repository_test, keeps_uploads_without_listing_them) {
  EXPECT_TRUE(images->upload("vendor/fw", "bytes"));
  EXPECT_EQ(*images->content("vendor/fw"), "bytes");
  EXPECT_EQ(images->documents().value()->version, 1);
  EXPECT_EQ(images->upload("vendor/fw", "other bytes").error().code, "conflicting_entity");
  EXPECT_EQ(images->upload("../fw", "bytes").error().code, "invalid_entity");
  add("fw", "listed");
  EXPECT_EQ(images->upload("fw", "unlisted").error().status, 409u);
}

INSTANTIATE_TEST_SUITE_P(of, image_repository_test, ::testing::Values(pki::key_type::ed25519, pki::key_type::rsa_2048),
                         [](const auto& type) {
                           return type.param == pki::key_type::ed25519 ? "ed25519" : "rsa_2048";
                         });

TEST(image_store, refuses_an_image_over_its_limit) {
  image_store store;
  EXPECT_EQ(store.keep(std::string(max_image_bytes + 1, '\0')).error().status, 413u);
}

} // namespace
} // namespace otafleet::stub
