#include "server-stub/director.hpp"

#include <malloc.h>

#include <gtest/gtest.h>

#include "server-stub/signed_document.test.hpp"
#include "server-stub/vehicle.test.hpp"

namespace otafleet::stub {
namespace {

using namespace testing;

std::int64_t now = 1'800'000'000;
std::int64_t test_clock() {
  return now;
}

struct director_test : ::testing::Test {
  director backend{repository_keys::generate(pki::key_type::ed25519, now).value(), test_clock};
  test_vehicle vehicle = test_vehicle::make(pki::key_type::ed25519, "gw", 1);
  const std::string image = "firmware";

  void TearDown() override { now = 1'800'000'000; }

  void registered(std::string_view device = "dev") {
    ASSERT_TRUE(backend.register_ecus(device, vehicle.registration()).value());
  }

  /// Assigns `filename` to all ECUs of `hardware` and tells how many devices it affects.
  std::size_t assign(const std::string& hardware, const std::string& filename, bool dry_run = false) {
    const auto update = backend.create_update(read_update(update_body(hardware, filename, image)).value()).value();
    return backend.assign(read_assignment(assignment_body(update, {"dev"}, dry_run)).value()).value().size();
  }

  json list() { return verified(*backend.targets("dev").value(), *backend.root(1).value(), "targets"); }
  device_record device() { return backend.find("dev").front().second; }
};

TEST_F(director_test, signs_a_root_that_a_device_can_begin_with) {
  const auto text = *backend.root(1).value();
  const auto root = verified(text, text, "root");
  EXPECT_EQ(root["_type"], "Root");
  EXPECT_EQ(root["version"], 1);
  EXPECT_EQ(root["expires"], "2028-01-15T08:00:00Z") << "365 days after 2027-01-15T08:00:00Z";
  EXPECT_EQ(root["keys"].size(), 4u);
  EXPECT_EQ(backend.root(2).error().code, "root_role_not_found");
  EXPECT_EQ(backend.root(2).error().status, 404u);
}

TEST_F(director_test, serves_an_empty_list_of_version_one_after_registration) {
  registered();
  const auto targets = list();
  EXPECT_EQ(targets["version"], 1);
  EXPECT_TRUE(targets["targets"].is_object());
  EXPECT_TRUE(targets["targets"].empty());
  EXPECT_FALSE(targets.contains("custom"));
  EXPECT_EQ(targets["expires"], "2027-02-15T08:00:00Z") << "31 days";
}

TEST_F(director_test, signs_the_empty_list_once_for_all_devices_of_a_version) {
  registered("a");
  registered("b");
  EXPECT_EQ(backend.targets("a").value().get(), backend.targets("b").value().get());
}

TEST_F(director_test, refuses_targets_and_manifests_of_a_device_without_ecus) {
  EXPECT_EQ(backend.targets("dev").error().code, "device_missing_primary_ecu");
  EXPECT_EQ(backend.accept_manifest("dev", vehicle.manifest()).error().status, 404u);
  EXPECT_EQ(backend.size(), 1u) << "first sight";
}

TEST_F(director_test, enrolls_each_device_once) {
  EXPECT_TRUE(backend.enroll("dev"));
  EXPECT_FALSE(backend.enroll("dev"));
  backend.see("own-certificate");
  EXPECT_FALSE(backend.enroll("own-certificate"));
  EXPECT_FALSE(backend.find("own-certificate").front().second.provisioned);
}

TEST_F(director_test, gives_an_assignment_the_next_version_and_puts_it_in_flight_when_it_is_fetched) {
  registered();
  EXPECT_EQ(list()["version"], 1);
  EXPECT_EQ(assign("sec", "fw-1"), 1u);
  EXPECT_EQ(device().assignment, assignment_state::queued);
  const auto targets = list();
  EXPECT_EQ(targets["version"], 2);
  EXPECT_EQ(targets["custom"]["correlationId"], campaign_id);
  const auto target = targets["targets"]["fw-1"];
  EXPECT_EQ(target["length"], 8);
  EXPECT_EQ(target["hashes"]["sha256"], pki::sha256_hex(as_bytes(image)));
  EXPECT_EQ(target["custom"]["ecuIdentifiers"], json::parse(R"({"secondary-1":{"hardwareId":"sec"}})"));
  EXPECT_TRUE(target["custom"]["uri"].is_null());
  EXPECT_EQ(device().assignment, assignment_state::in_flight);
  EXPECT_EQ(list()["version"], 2) << "not outdated";
}

TEST_F(director_test, closes_an_assignment_by_file_and_hash_and_keeps_serving_its_list) {
  registered();
  assign("gw", "fw-1");
  const auto before = backend.targets("dev").value();
  vehicle.install(0, "fw-1", "another content");
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest()));
  EXPECT_EQ(device().assignment, assignment_state::in_flight) << "the name alone is not enough";
  vehicle.install(0, "fw-1", image);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest()));
  EXPECT_EQ(device().assignment, assignment_state::done);
  EXPECT_TRUE(device().assignments.empty());
  EXPECT_EQ(backend.targets("dev").value().get(), before.get());
  EXPECT_EQ(assign("gw", "fw-1"), 0u) << "it runs it already";
}

TEST_F(director_test, answers_a_failure_report_with_a_newer_empty_list) {
  registered();
  assign("gw", "fw-1");
  EXPECT_EQ(list()["version"], 1);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest(false)));
  EXPECT_EQ(device().assignment, assignment_state::failed);
  const auto targets = list();
  EXPECT_EQ(targets["version"], 2);
  EXPECT_TRUE(targets["targets"].empty());
  EXPECT_EQ(assign("gw", "fw-1"), 1u) << "it may be tried again";
}

TEST_F(director_test, closes_all_assignments_of_a_device_that_failed_one) {
  registered();
  assign("gw", "fw-1");
  assign("sec", "fw-2");
  EXPECT_EQ(device().assignments.size(), 2u);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest(false)));
  EXPECT_TRUE(device().assignments.empty());
}

TEST_F(director_test, lists_what_is_left_after_a_conflicting_file_was_installed) {
  registered();
  assign("gw", "fw-1");
  const auto update = backend.create_update(read_update(update_body("sec", "fw-1", "other content")).value()).value();
  EXPECT_EQ(backend.assign(read_assignment(assignment_body(update, {"dev"})).value()).value().size(), 1u);
  EXPECT_EQ(list()["targets"]["fw-1"]["length"], 8) << "one file cannot have two contents in one list";
  vehicle.install(0, "fw-1", image);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest()));
  const auto next = list();
  EXPECT_EQ(next["version"], 2);
  EXPECT_EQ(next["targets"]["fw-1"]["length"], 13);
}

TEST_F(director_test, changes_nothing_on_a_dry_run) {
  registered();
  EXPECT_EQ(assign("gw", "fw-1", true), 1u);
  EXPECT_EQ(device().assignment, assignment_state::none);
  EXPECT_TRUE(list()["targets"].empty());
}

TEST_F(director_test, assigns_each_ecu_only_once_at_a_time) {
  registered();
  EXPECT_EQ(assign("gw", "fw-1"), 1u);
  EXPECT_EQ(assign("gw", "fw-2"), 0u);
  EXPECT_EQ(assign("unknown-hardware", "fw-1"), 0u);
}

TEST_F(director_test, refuses_to_assign_an_unknown_update) {
  registered();
  const auto order = read_assignment(assignment_body("3e4b3e6f-2b4a-4a6c-8e7e-3b2a1c0d9e8f", {"dev"})).value();
  EXPECT_EQ(backend.assign(order).error().code, "missing_entity");
}

TEST_F(director_test, replaces_ecus_and_remembers_the_removed_ones) {
  registered();
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest()));
  auto changed = vehicle;
  changed.ecus[1].serial = "secondary-new";
  EXPECT_FALSE(backend.register_ecus("dev", changed.registration()).value()) << "not the first time";
  EXPECT_TRUE(device().installed[0]) << "the primary is the same one";
  EXPECT_FALSE(device().installed[1]);
  EXPECT_EQ(backend.register_ecus("dev", vehicle.registration()).error().code, "ecu_reuse_not_allowed");
  EXPECT_EQ(backend.register_ecus("dev", vehicle.registration()).error().status, 409u);
}

TEST_F(director_test, replaces_no_ecus_while_an_update_is_assigned) {
  registered();
  assign("gw", "fw-1");
  EXPECT_EQ(backend.register_ecus("dev", vehicle.registration()).error().code, "replace_ecu_assignment_exists");
  EXPECT_EQ(backend.register_ecus("dev", vehicle.registration()).error().status, 412u);
}

TEST_F(director_test, counts_report_counters_that_go_backwards_but_not_a_repeated_request) {
  registered();
  const auto first = vehicle.manifest();
  const auto second = vehicle.manifest();
  ASSERT_TRUE(backend.accept_manifest("dev", first));
  ASSERT_TRUE(backend.accept_manifest("dev", second));
  ASSERT_TRUE(backend.accept_manifest("dev", second));
  EXPECT_EQ(device().counter_regressions, 0u);
  ASSERT_TRUE(backend.accept_manifest("dev", first));
  EXPECT_EQ(device().counter_regressions, 1u);
  EXPECT_EQ(device().last_report_counter, 1u);
}

TEST_F(director_test, refreshes_a_list_an_hour_before_it_expires) {
  registered();
  EXPECT_EQ(list()["version"], 1);
  now += 31 * 86'400 - 3'601;
  EXPECT_EQ(list()["version"], 1);
  now += 1;
  const auto refreshed = list();
  EXPECT_EQ(refreshed["version"], 2);
  EXPECT_EQ(refreshed["expires"], "2027-03-18T07:00:00Z") << "31 days after 2027-02-15T07:00:00Z";
}

TEST_F(director_test, never_shares_an_empty_list_that_is_about_to_expire) {
  registered("old");
  const auto old = backend.targets("old").value();
  now += 20 * 86'400;
  registered("dev");
  EXPECT_EQ(list()["expires"], "2027-03-07T08:00:00Z") << "31 days after 2027-02-04T08:00:00Z";
}

// -- several ECUs ---------------------------------------------------------------

TEST_F(director_test, lists_each_ecu_with_its_own_image_and_hardware) {
  registered();
  auto both = json::parse(update_body("gw", "gw-fw", "for the gateway"));
  both["targets"].update(json::parse(update_body("sec", "sec-fw", "for the other"))["targets"]);
  const auto update = backend.create_update(read_update(both.dump()).value()).value();
  ASSERT_EQ(backend.assign(read_assignment(assignment_body(update, {"dev"})).value()).value().size(), 1u);
  const auto targets = list()["targets"];
  EXPECT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets["gw-fw"]["custom"]["ecuIdentifiers"], json::parse(R"({"primary-1":{"hardwareId":"gw"}})"));
  EXPECT_EQ(targets["gw-fw"]["length"], 15);
  EXPECT_EQ(targets["sec-fw"]["custom"]["ecuIdentifiers"], json::parse(R"({"secondary-1":{"hardwareId":"sec"}})"));
  EXPECT_EQ(targets["sec-fw"]["length"], 13);
}

TEST_F(director_test, merges_the_ecus_that_get_the_same_file_into_one_target) {
  vehicle = test_vehicle::make(pki::key_type::ed25519, "gw", 3);
  registered();
  assign("gw", "shared-fw");
  assign("sec", "shared-fw");
  const auto targets = list()["targets"];
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets["shared-fw"]["custom"]["ecuIdentifiers"],
            json::parse(R"({"primary-1":{"hardwareId":"gw"},"secondary-1":{"hardwareId":"sec"},
                            "secondary-2":{"hardwareId":"sec"},"secondary-3":{"hardwareId":"sec"}})"));
}

TEST_F(director_test, closes_each_ecus_assignment_by_its_own_report) {
  registered();
  assign("gw", "gw-fw");
  assign("sec", "sec-fw");
  const auto before = list();
  vehicle.install(1, "sec-fw", image);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest()));
  ASSERT_EQ(device().assignments.size(), 1u);
  EXPECT_EQ(device().assignments.front().ecu, 0u);
  EXPECT_EQ(device().assignment, assignment_state::in_flight);
  EXPECT_EQ(list(), before) << "it is still what the device is to do";
  vehicle.install(0, "gw-fw", image);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest(true)));
  EXPECT_EQ(device().assignment, assignment_state::done);
}

TEST_F(director_test, takes_no_report_of_one_ecu_for_anothers) {
  registered();
  assign("sec", "sec-fw");
  static_cast<void>(list());
  vehicle.install(0, "sec-fw", image);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest()));
  EXPECT_EQ(device().assignments.size(), 1u);
}

TEST_F(director_test, ends_an_update_that_one_of_two_ecus_failed) {
  registered();
  assign("gw", "gw-fw");
  assign("sec", "sec-fw");
  EXPECT_EQ(list()["version"], 1);
  vehicle.install(0, "gw-fw", image);
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.manifest(false)));
  EXPECT_TRUE(device().assignments.empty());
  EXPECT_EQ(device().assignment, assignment_state::failed);
  EXPECT_EQ(device().installed[0]->filepath, "gw-fw") << "that ECU has it all the same";
  EXPECT_EQ(device().installed[1]->filepath, "unknown");
  const auto after = list();
  EXPECT_EQ(after["version"], 2);
  EXPECT_TRUE(after["targets"].empty());
}

TEST_F(director_test, lets_a_manifest_leave_out_an_ecu) {
  registered();
  assign("gw", "gw-fw");
  assign("sec", "sec-fw");
  static_cast<void>(list());
  vehicle.install(0, "gw-fw", image);
  auto part = vehicle.vehicle_part();
  part["ecu_version_manifests"].erase("secondary-1");
  ASSERT_TRUE(backend.accept_manifest("dev", vehicle.ecus.front().sign(part).dump()));
  EXPECT_EQ(device().assignments.size(), 1u);
  EXPECT_FALSE(device().installed[1]);
}

// -- snapshot, timestamp, rotation ------------------------------------------------

TEST_F(director_test, describes_the_list_in_a_snapshot_and_that_in_a_timestamp) {
  for (const auto type : {pki::key_type::ed25519, pki::key_type::rsa_2048}) {
    director of_type{repository_keys::generate(type, now).value(), test_clock};
    ASSERT_TRUE(of_type.register_ecus("dev", vehicle.registration()).value());
    const auto root = *of_type.root(1).value();
    const auto timestamp_text = *of_type.timestamp("dev").value();
    const auto snapshot_text = *of_type.snapshot("dev").value();
    const auto targets_text = *of_type.targets("dev").value();
    const auto timestamp = verified(timestamp_text, root, "timestamp");
    const auto snapshot = verified(snapshot_text, root, "snapshot");
    const auto targets = verified(targets_text, root, "targets");
    EXPECT_EQ(timestamp["_type"], "Timestamp");
    EXPECT_EQ(timestamp["meta"]["snapshot.json"],
              (json{{"hashes", {{"sha256", pki::sha256_hex(as_bytes(snapshot_text))}}},
                    {"length", snapshot_text.size()},
                    {"version", snapshot["version"]}}));
    EXPECT_EQ(snapshot["meta"]["targets.json"], (json{{"hashes", {{"sha256", pki::sha256_hex(as_bytes(targets_text))}}},
                                                      {"length", targets_text.size()},
                                                      {"version", targets["version"]}}));
    EXPECT_EQ(snapshot["expires"], targets["expires"]);
    EXPECT_EQ(*of_type.timestamp("dev").value(), timestamp_text) << "signed once";
  }
}

TEST_F(director_test, follows_an_assignment_with_the_next_snapshot_and_timestamp) {
  registered();
  static_cast<void>(backend.timestamp("dev"));
  assign("gw", "fw-1");
  const auto root = *backend.root(1).value();
  EXPECT_EQ(verified(*backend.timestamp("dev").value(), root, "timestamp")["version"], 2);
  EXPECT_EQ(device().assignment, assignment_state::in_flight) << "to describe a list is to make it";
  EXPECT_EQ(verified(*backend.snapshot("dev").value(), root, "snapshot")["meta"]["targets.json"]["hashes"]["sha256"],
            pki::sha256_hex(as_bytes(*backend.targets("dev").value())));
}

TEST_F(director_test, describes_no_list_of_a_device_without_ecus) {
  EXPECT_EQ(backend.timestamp("dev").error().code, "device_missing_primary_ecu");
  EXPECT_EQ(backend.snapshot("dev").error().code, "device_missing_primary_ecu");
}

TEST_F(director_test, signs_lists_anew_when_the_targets_key_changes) {
  registered();
  assign("gw", "fw-1");
  const auto before = list();
  EXPECT_EQ(backend.rotate({uptane::role::root, uptane::role::targets}).value(), 2);
  EXPECT_EQ(backend.root(3).error().code, "root_role_not_found");
  const auto after = verified(*backend.targets("dev").value(), *backend.root(2).value(), "targets");
  EXPECT_EQ(before["version"], 1);
  EXPECT_EQ(after["version"], 2);
  EXPECT_EQ(after["targets"], before["targets"]);
  const auto in_flight = device().assignments;
  ASSERT_EQ(in_flight.size(), 1u);
  EXPECT_TRUE(in_flight.front().in_flight);
}

TEST_F(director_test, signs_shared_empty_lists_anew_too) {
  registered();
  static_cast<void>(list());
  EXPECT_EQ(backend.rotate({uptane::role::targets}).value(), 2);
  EXPECT_EQ(verified(*backend.targets("dev").value(), *backend.root(2).value(), "targets")["version"], 2);
  ASSERT_TRUE(backend.register_ecus("new", vehicle.registration()).value());
  EXPECT_EQ(verified(*backend.targets("new").value(), *backend.root(2).value(), "targets")["version"], 1);
}

TEST_F(director_test, leaves_lists_as_they_are_when_only_the_root_key_changes) {
  registered();
  const auto before = backend.targets("dev").value();
  EXPECT_EQ(backend.rotate({uptane::role::root}).value(), 2);
  EXPECT_EQ(backend.targets("dev").value(), before);
  EXPECT_NO_THROW(verified(*before, *backend.root(2).value(), "targets"));
}

TEST_F(director_test, sets_versions_aside_that_it_never_serves) {
  registered();
  EXPECT_EQ(list()["version"], 1);
  const auto reserved = backend.reserve_version("dev", 0);
  EXPECT_EQ(reserved, 2);
  EXPECT_EQ(backend.reserve_version("dev", reserved), 2) << "it is still free";
  EXPECT_EQ(list()["version"], 3);
  EXPECT_EQ(backend.reserve_version("dev", reserved), 4) << "2 is history";
}

TEST_F(director_test, keeps_little_of_each_device) {
  const auto before = mallinfo2().uordblks;
  vehicle = test_vehicle::make(pki::key_type::rsa_2048);
  const auto body = vehicle.registration();
  constexpr std::size_t devices = 10'000;
  for (std::size_t at = 0; at < devices; ++at) {
    const auto id = "device-" + std::to_string(at);
    ASSERT_TRUE(backend.register_ecus(id, body).value());
    ASSERT_TRUE(backend.accept_manifest(id, vehicle.manifest()));
    ASSERT_TRUE(backend.targets(id));
  }
  const auto each = (mallinfo2().uordblks - before) / devices;
  EXPECT_EQ(backend.size(), devices);
  if (mallinfo2().uordblks == before)
    GTEST_SKIP() << "this allocator does not tell";
  RecordProperty("bytes_per_device", static_cast<int>(each));
  EXPECT_LT(each, 4'096u);
}

} // namespace
} // namespace otafleet::stub
