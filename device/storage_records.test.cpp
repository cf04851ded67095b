#include "device/storage_records.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "uptane/test_repository.hpp"

namespace otafleet::device {
namespace {

using uptane::repository;
using uptane::testing::test_repository;

class storage_records_test : public testing::Test {
protected:
  storage_records_test() {
    image_.delegate(image_.targets, "vendor/a b", {"fw*"});
    director_.targets.list.push_back(uptane::testing::director_target("fw.bin", 3, "primary-1", "gw"));
  }

  /// Everything that a device may hold of one Director.
  [[nodiscard]] uptane::director_trust director() {
    uptane::director_trust made;
    EXPECT_TRUE(made.accept_root(first_director_root_, by_));
    EXPECT_TRUE(made.accept_root(director_.root_text(), by_));
    EXPECT_TRUE(made.accept_targets(director_.targets_text(), by_));
    return made;
  }

  [[nodiscard]] uptane::image_trust image() {
    uptane::image_trust made;
    EXPECT_TRUE(made.accept_root(image_.root_text(), by_));
    EXPECT_TRUE(made.accept_timestamp(image_.timestamp_text(), by_));
    EXPECT_TRUE(made.accept_snapshot(image_.snapshot_text(), by_));
    EXPECT_TRUE(made.accept_targets(image_.targets_text(), by_));
    const auto& delegating = made.targets();
    if (delegating == nullptr)
      return made;
    EXPECT_TRUE(
        made.accept_delegation(delegating->delegations.at(0), *delegating, image_.delegation_text("vendor/a b"), by_));
    return made;
  }

  [[nodiscard]] storage read_back(const std::map<std::string, std::string>& records) {
    auto made = from_records(records, by_);
    EXPECT_TRUE(made) << made.error();
    return made ? std::move(*made) : storage{};
  }

  [[nodiscard]] std::string complaint(const std::map<std::string, std::string>& records) {
    const auto made = from_records(records, by_);
    return made ? "" : made.error();
  }

  uptane::document_pool pool_{uptane::keep_sources::yes};
  uptane::plain_probe watch_;
  uptane::judge by_{pool_, watch_, uptane::utc_time::from_unix_seconds(1'800'000'000)};
  test_repository director_{repository::director, pki::key_type::ed25519};
  test_repository image_{repository::image, pki::key_type::ed25519};
  const std::string first_director_root_ = [this] {
    auto text = director_.root_text();
    director_.rotate(uptane::role::root);
    return text;
  }();
};

[[nodiscard]] uptane::target full_target(const std::string& filename) {
  uptane::target made;
  made.filename = filename;
  made.length = std::numeric_limits<std::uint64_t>::max();
  made.hashes = {"aa", "bb"};
  made.format = "BINARY";
  made.uri = "https://images.example/x";
  made.hardware_ids = {"gw", "lamp"};
  made.ecus = {{"primary-1", "gw"}, {"s-1", "lamp"}};
  return made;
}

void expect_same(const uptane::target& a, const uptane::target& b) {
  EXPECT_EQ(a.filename, b.filename);
  EXPECT_EQ(a.length, b.length);
  EXPECT_EQ(a.hashes, b.hashes);
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(a.uri, b.uri);
  EXPECT_EQ(a.hardware_ids, b.hardware_ids);
  EXPECT_EQ(a.ecus, b.ecus);
}

void expect_same(const uptane::installation_result& a, const uptane::installation_result& b) {
  EXPECT_EQ(a.success, b.success);
  EXPECT_EQ(a.code, b.code);
  EXPECT_EQ(a.description, b.description);
}

void expect_same(const ecu_memory& a, const ecu_memory& b) {
  EXPECT_EQ(a.serial, b.serial);
  ASSERT_EQ(a.installed.has_value(), b.installed.has_value());
  if (a.installed)
    expect_same(*a.installed, *b.installed);
  ASSERT_EQ(a.result.has_value(), b.result.has_value());
  if (a.result)
    expect_same(*a.result, *b.result);
}

TEST_F(storage_records_test, bring_back_every_field) {
  storage before;
  before.device_id = "device-\xC3\xBC \"1\"";
  before.has_certificate = true;
  before.is_registered = true;
  before.registered_set = 0xFFFF'FFFF'FFFF'FFFF;
  before.sent_system_info = 1;
  before.sent_installed = 2;
  before.sent_network = 3;
  before.sent_config = 0x8000'0000'0000'0000;
  before.primary.serial = "primary-1";
  before.primary.installed = full_target("fw-1");
  before.primary.result = uptane::installation_result{false, "INSTALL_FAILED", "broken \n line"};
  before.secondaries.resize(2);
  before.secondaries[1].serial = "s-1";
  before.secondaries[1].installed = full_target("vfw");
  before.secondaries[1].attack_detected = "Director: rollback";
  before.pending = pending_install{full_target("fw-2"), "urn:here-ota:campaign:1"};
  before.result = uptane::installation_report{
      "urn:here-ota:campaign:0", {{"primary-1", {true, "OK", "fine"}}}, "raw", {false, "gw:FAILED", "one failed"}};
  before.report_counter = 17;
  before.images = {"AB", "CD"};
  before.commits = {"ef"};
  before.events = {R"({"id":"1"})", R"({"id":"2"})"};

  const auto after = read_back(to_records(before));
  EXPECT_EQ(after.device_id, before.device_id);
  EXPECT_TRUE(after.has_certificate);
  EXPECT_TRUE(after.is_registered);
  EXPECT_EQ(after.registered_set, before.registered_set);
  EXPECT_EQ(after.sent_system_info, 1U);
  EXPECT_EQ(after.sent_installed, 2U);
  EXPECT_EQ(after.sent_network, 3U);
  EXPECT_EQ(after.sent_config, before.sent_config);
  expect_same(after.primary, before.primary);
  ASSERT_EQ(after.secondaries.size(), 2U);
  expect_same(after.secondaries[0], before.secondaries[0]);
  expect_same(after.secondaries[1], before.secondaries[1]);
  EXPECT_EQ(after.secondaries[1].attack_detected, "Director: rollback");
  ASSERT_TRUE(after.pending);
  expect_same(after.pending->what, before.pending->what);
  EXPECT_EQ(after.pending->correlation_id, "urn:here-ota:campaign:1");
  ASSERT_TRUE(after.result);
  EXPECT_EQ(after.result->correlation_id, "urn:here-ota:campaign:0");
  ASSERT_EQ(after.result->items.size(), 1U);
  EXPECT_EQ(after.result->items[0].ecu_serial, "primary-1");
  expect_same(after.result->items[0].result, {true, "OK", "fine"});
  EXPECT_EQ(after.result->raw_report, "raw");
  expect_same(after.result->result, before.result->result);
  EXPECT_EQ(after.report_counter, 17U);
  EXPECT_EQ(after.images, before.images);
  EXPECT_EQ(after.commits, before.commits);
  EXPECT_EQ(after.events, before.events);
}

TEST_F(storage_records_test, keep_each_metadata_document_under_its_place) {
  storage before;
  before.director = director();
  before.image = image();
  before.secondaries.resize(1);
  before.secondaries[0].trust.director = director();
  const auto records = to_records(before);
  for (const auto* name :
       {"director/1.root.json", "director/2.root.json", "director/targets.json", "image/1.root.json",
        "image/timestamp.json", "image/snapshot.json", "image/targets.json", "secondary-0/director/1.root.json",
        "secondary-0/director/2.root.json", "secondary-0/director/targets.json", "state", "events"})
    EXPECT_TRUE(records.contains(name)) << name;
  EXPECT_EQ(records.size(), 13U) << "and the delegation";

  const auto after = read_back(records);
  EXPECT_EQ(to_records(after), records);
  EXPECT_EQ(after.director.roots().next_version(), 3);
  ASSERT_NE(after.director.targets(), nullptr);
  EXPECT_EQ(after.director.targets()->list.at(0).filename, "fw.bin");
  EXPECT_NE(after.image.delegation("vendor/a b"), nullptr);
  EXPECT_EQ(after.secondaries.at(0).trust.director.roots().next_version(), 3);
}

TEST_F(storage_records_test, change_nothing_but_the_state_when_a_counter_moves) {
  storage before;
  before.director = director();
  const auto first = to_records(before);
  ++before.report_counter;
  const auto second = to_records(before);
  for (const auto& [name, text] : first)
    EXPECT_EQ(second.at(name) == text, name != "state") << name;
}

TEST_F(storage_records_test, are_a_new_device_when_there_are_none) {
  const auto made = read_back({});
  EXPECT_EQ(made.device_id, "");
  EXPECT_FALSE(made.has_certificate);
  EXPECT_EQ(made.director.roots().next_version(), 1);
}

TEST_F(storage_records_test, are_refused_with_the_name_of_the_damaged_one) {
  auto records = to_records({});
  records["state"].pop_back();
  EXPECT_NE(complaint(records).find("'state' is damaged"), std::string::npos) << complaint(records);

  records = to_records({});
  records["events"] = R"([1])";
  EXPECT_NE(complaint(records).find("'events' is damaged"), std::string::npos) << complaint(records);
  EXPECT_EQ(complaint(records).find("json.exception"), std::string::npos) << complaint(records);

  storage with_metadata;
  with_metadata.director = director();
  records = to_records(with_metadata);
  records["director/targets.json"] = "{}";
  EXPECT_NE(complaint(records).find("'director/..."), std::string::npos) << complaint(records);
}

TEST_F(storage_records_test, are_refused_when_a_member_is_missing_negative_or_of_another_kind) {
  const auto with = [](std::string from, std::string to) {
    auto records = to_records({});
    auto& state = records["state"];
    const auto at = state.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    state.replace(at, from.size(), to);
    return records;
  };
  for (const auto& [from, to] : std::map<std::string, std::string>{{R"("report_counter":0)", R"("report_counter":-1)"},
                                                                   {R"("is_registered":false)", R"("is_registered":0)"},
                                                                   {R"("device_id":"")", R"("device":"")"},
                                                                   {R"("images":[])", R"("images":{})"},
                                                                   {R"("secondaries":[])", R"("secondaries":[1])"}})
    EXPECT_NE(complaint(with(from, to)), "") << to;
}

TEST_F(storage_records_test, of_a_newer_version_are_refused) {
  auto records = to_records({});
  auto& state = records["state"];
  state.replace(state.find(R"("version":1)"), 11, R"("version":2)");
  EXPECT_NE(complaint(records).find("version 2 is not 1"), std::string::npos) << complaint(records);
}

} // namespace
} // namespace otafleet::device
