#include "server-stub/attack_switch.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "server-stub/signed_document.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

constexpr std::int64_t now = 1'800'000'000;
std::int64_t test_clock() {
  return now;
}

struct attack_switch_test : ::testing::Test {
  image_store store;
  director devices{repository_keys::generate(pki::key_type::ed25519, now).value(), test_clock};
  std::unique_ptr<image_repository> images =
      image_repository::make(repository_keys::generate(pki::key_type::ed25519, now).value(), test_clock, store).value();
  attack_switch attack{devices, *images, test_clock};
  test_vehicle vehicle = test_vehicle::make();

  void SetUp() override {
    for (const auto* device : {"dev", "other"})
      ASSERT_TRUE(devices.register_ecus(device, vehicle.registration()).value());
    ASSERT_TRUE(images->add({"fw-1", "fw", "1", {"gw"}}, "firmware"));
  }

  void start(attack_kind kind) { ASSERT_TRUE(attack.set(kind)); }

  attack_count count(attack_kind kind) { return attack.counts()[static_cast<std::size_t>(kind)].value(); }

  /// What a device gets for a GET, as the gateway asks for it; empty for the genuine answer.
  std::string get(endpoint which, std::string_view filename = {}, std::int64_t root = 0,
                  std::string_view device = "dev") {
    attack.observe_request(device, which);
    const auto bent = attack.bend({device, which, root, filename});
    return bent ? *bent->text : std::string{};
  }
  std::string list() { return get(endpoint::director_targets); }
  json genuine_list() { return verified(*devices.targets("dev").value(), *devices.root(0).value(), "targets"); }

  void manifest(std::vector<image_fact_ptr> installed = {}, bool gives_up = false) {
    attack.observe_request("dev", endpoint::manifest);
    attack.observe_manifest("dev", installed, gives_up);
  }

  static image_fact_ptr image(const std::string& filename) {
    return std::make_shared<const image_fact>(image_fact{filename, {}, 8});
  }

  void assign(const std::string& filename) {
    const auto update = devices.create_update(read_update(update_body("gw", filename, "firmware")).value()).value();
    ASSERT_EQ(devices.assign(read_assignment(assignment_body(update, {"dev"})).value()).value().size(), 1u);
  }
};

TEST_F(attack_switch_test, leaves_everything_alone_while_it_is_off) {
  EXPECT_FALSE(attack.is_watching());
  EXPECT_EQ(list(), "");
  EXPECT_EQ(attack.set(std::nullopt).value(), std::nullopt);
  EXPECT_FALSE(attack.is_watching());
  for (const auto& none : attack.counts())
    EXPECT_FALSE(none);
}

TEST_F(attack_switch_test, counts_a_device_that_goes_on_to_the_image_repository) {
  start(attack_kind::freeze);
  EXPECT_TRUE(attack.is_watching());
  EXPECT_NE(list(), "");
  EXPECT_NE(list(), "") << "a second try";
  EXPECT_EQ(count(attack_kind::freeze), (attack_count{2, 1, 0}));
  EXPECT_EQ(get(endpoint::image_root, {}, 2), "");
  EXPECT_EQ(get(endpoint::image_timestamp), "");
  EXPECT_EQ(count(attack_kind::freeze), (attack_count{2, 1, 1}));
}

TEST_F(attack_switch_test, counts_no_device_that_sends_its_manifest_first) {
  start(attack_kind::wrong_hardware);
  EXPECT_NE(list(), "");
  manifest();
  EXPECT_EQ(get(endpoint::image_timestamp), "");
  EXPECT_EQ(count(attack_kind::wrong_hardware), (attack_count{1, 1, 0}));
}

TEST_F(attack_switch_test, watches_on_after_it_is_off_until_the_last_device_has_answered) {
  start(attack_kind::wrong_role_key);
  EXPECT_NE(list(), "");
  ASSERT_TRUE(attack.set(std::nullopt));
  EXPECT_TRUE(attack.is_watching());
  EXPECT_EQ(list(), "") << "genuine again";
  EXPECT_EQ(get(endpoint::image_timestamp), "");
  EXPECT_EQ(count(attack_kind::wrong_role_key).accepted, 1u);
  manifest();
  attack.observe_request("dev", endpoint::director_root);
  EXPECT_FALSE(attack.is_watching());
}

TEST_F(attack_switch_test, rolls_a_device_back_only_after_a_genuine_list) {
  start(attack_kind::rollback);
  EXPECT_EQ(get(endpoint::director_timestamp), "") << "it may hold none";
  EXPECT_EQ(list(), "");
  EXPECT_EQ(genuine_list()["version"], 1);
  manifest();
  const auto bent = verified(list(), *devices.root(1).value(), "targets");
  EXPECT_EQ(bent["version"], 0);
  EXPECT_EQ(bent["expires"], "2027-02-15T08:00:00Z");
  EXPECT_EQ(count(attack_kind::rollback), (attack_count{1, 1, 0}));
  manifest({}, true);
  EXPECT_EQ(list(), "") << "it may have forgotten its list after a failure";
  manifest();
  EXPECT_NE(list(), "");
  ASSERT_TRUE(devices.rotate({uptane::role::root}));
  manifest();
  EXPECT_EQ(list(), "") << "it forgets its list with the new root";
  manifest();
  EXPECT_NE(get(endpoint::director_timestamp), "");
}

TEST_F(attack_switch_test, serves_the_strict_client_one_consistent_set) {
  start(attack_kind::repeated_ecu);
  const auto root = *devices.root(1).value();
  const auto timestamp = verified(get(endpoint::director_timestamp), root, "timestamp");
  const auto snapshot_text = get(endpoint::director_snapshot);
  const auto targets_text = list();
  EXPECT_EQ(timestamp["meta"]["snapshot.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(snapshot_text)));
  EXPECT_EQ(verified(snapshot_text, root, "snapshot")["meta"]["targets.json"]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(targets_text)));
  EXPECT_EQ(timestamp["version"], verified(targets_text, root, "targets")["version"]);
}

TEST_F(attack_switch_test, takes_a_version_that_the_director_then_passes_over) {
  EXPECT_EQ(genuine_list()["version"], 1);
  start(attack_kind::wrong_role_key);
  const auto root = *devices.root(1).value();
  EXPECT_EQ(verified(list(), root, "timestamp")["version"], 2);
  EXPECT_EQ(verified(list(), root, "timestamp")["version"], 2) << "no new one for each poll";
  ASSERT_TRUE(attack.set(std::nullopt));
  EXPECT_EQ(genuine_list()["version"], 3);
}

TEST_F(attack_switch_test, leaves_genuine_assignments_to_be_done_afterwards) {
  assign("fw-1");
  start(attack_kind::freeze);
  EXPECT_TRUE(verified(list(), *devices.root(1).value(), "targets")["targets"].contains("fw-1"));
  EXPECT_EQ(devices.find("dev").front().second.assignment, assignment_state::queued);
  ASSERT_TRUE(attack.set(std::nullopt));
  const auto after = genuine_list();
  EXPECT_TRUE(after["targets"].contains("fw-1"));
  EXPECT_EQ(after["version"], 2);
}

TEST_F(attack_switch_test, makes_devices_forget_lists_that_they_may_have_stored) {
  start(attack_kind::repeated_ecu);
  EXPECT_EQ(attack.set(std::nullopt).value(), std::nullopt) << "nobody got one";
  start(attack_kind::repeated_ecu);
  EXPECT_NE(list(), "");
  EXPECT_EQ(attack.set(attack_kind::rollback).value(), 2);
  EXPECT_EQ(attack.set(std::nullopt).value(), std::nullopt) << "a rollback leaves nothing behind";
  EXPECT_EQ(signers_of(*devices.root(2).value(), *devices.root(1).value(), "root").size(), 1u);
}

TEST_F(attack_switch_test, names_an_attackers_image_in_both_repositories) {
  start(attack_kind::arbitrary_software);
  const auto bent = json::parse(list());
  const auto filename = bent["signed"]["targets"].items().begin().key();
  for (std::int64_t version = 1; version <= devices.keys()->root_version(); ++version)
    EXPECT_FALSE(json::parse(*devices.root(version).value())["signed"]["keys"].contains(
        bent["signatures"][0]["keyid"].get<std::string>()));
  const auto timestamp = json::parse(get(endpoint::image_timestamp));
  const auto snapshot = get(endpoint::image_snapshot);
  const auto targets = get(endpoint::image_targets);
  EXPECT_EQ(timestamp["signed"]["meta"]["snapshot.json"]["hashes"]["sha256"], pki::sha256_hex(as_bytes(snapshot)));
  EXPECT_EQ(json::parse(snapshot)["signed"]["meta"]["targets.json"]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(targets)));
  const auto content = get(endpoint::image_download, filename);
  EXPECT_EQ(json::parse(targets)["signed"]["targets"][filename]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(content)));
  EXPECT_EQ(get(endpoint::image_download, "fw-1"), "") << "genuine images stay genuine";
  EXPECT_EQ(count(attack_kind::arbitrary_software), (attack_count{5, 1, 1}));
}

TEST_F(attack_switch_test, puts_older_image_targets_beside_a_newer_snapshot) {
  const auto before = *images->documents().value();
  start(attack_kind::mix_and_match);
  const auto after = *images->documents().value();
  EXPECT_EQ(after.version, before.version + 1);
  const auto root = *images->root(1).value();
  const auto listed = verified(*after.snapshot, root, "snapshot")["meta"]["targets.json"];
  EXPECT_EQ(get(endpoint::image_snapshot), "");
  const auto targets = get(endpoint::image_targets);
  EXPECT_EQ(targets, *before.targets);
  EXPECT_EQ(verified(targets, root, "targets")["version"], before.version) << "genuine, only not the one it should be";
  EXPECT_NE(listed["hashes"]["sha256"], pki::sha256_hex(as_bytes(targets)));
  EXPECT_EQ(list(), "");
  EXPECT_EQ(count(attack_kind::mix_and_match), (attack_count{1, 1, 0}));
  EXPECT_EQ(get(endpoint::image_download, "fw-1"), "");
  EXPECT_EQ(count(attack_kind::mix_and_match).accepted, 1u);
}

TEST_F(attack_switch_test, replaces_an_image_and_knows_by_the_manifest_who_installed_it) {
  start(attack_kind::replaced_payload);
  const auto bytes = get(endpoint::image_download, "fw-1");
  EXPECT_EQ(bytes.size(), 8u);
  EXPECT_NE(bytes, "firmware");
  EXPECT_EQ(get(endpoint::image_download, "nothing"), "");
  manifest();
  manifest({image("fw-1")});
  EXPECT_EQ(count(attack_kind::replaced_payload), (attack_count{1, 1, 0})) << "that one was after its next manifest";
  EXPECT_NE(get(endpoint::image_download, "fw-1"), "");
  manifest({image("another")});
  EXPECT_EQ(count(attack_kind::replaced_payload).accepted, 0u);
  EXPECT_NE(get(endpoint::image_download, "fw-1"), "");
  manifest({image("fw-1")});
  EXPECT_EQ(count(attack_kind::replaced_payload), (attack_count{3, 1, 1}));
}

TEST_F(attack_switch_test, knows_by_an_event_too_who_installs_a_replaced_image) {
  start(attack_kind::replaced_payload);
  attack.observe_installation("dev");
  EXPECT_NE(get(endpoint::image_download, "fw-1"), "");
  attack.observe_installation("other");
  EXPECT_EQ(count(attack_kind::replaced_payload).accepted, 0u);
  attack.observe_installation("dev");
  EXPECT_EQ(count(attack_kind::replaced_payload).accepted, 1u);
}

TEST_F(attack_switch_test, skips_a_root_that_the_old_keys_sign) {
  start(attack_kind::skipped_root);
  EXPECT_EQ(get(endpoint::director_root, {}, 1), "");
  EXPECT_EQ(get(endpoint::director_root, {}, 3), "");
  const auto bent = get(endpoint::director_root, {}, 2);
  EXPECT_EQ(verified(bent, *devices.root(1).value(), "root")["version"], 3);
  EXPECT_EQ(verified(bent, bent, "root")["version"], 3);
  EXPECT_EQ(count(attack_kind::skipped_root), (attack_count{1, 1, 0}));
  EXPECT_EQ(list(), "");
  EXPECT_EQ(count(attack_kind::skipped_root).accepted, 1u);
  ASSERT_TRUE(devices.rotate({uptane::role::root}));
  EXPECT_EQ(get(endpoint::director_root, {}, 2), "") << "there is a genuine one now";
  EXPECT_EQ(verified(get(endpoint::director_root, {}, 3), *devices.root(2).value(), "root")["version"], 4);
}

TEST_F(attack_switch_test, does_not_end_a_list) {
  start(attack_kind::endless_data);
  const auto bent = attack.bend({"dev", endpoint::director_targets, 0, {}});
  EXPECT_TRUE(bent->is_endless);
  EXPECT_EQ(bent->text, endless_list());
  EXPECT_EQ(attack.bend({"unregistered", endpoint::director_targets, 0, {}}), std::nullopt);
}

} // namespace
} // namespace otafleet::stub
