#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/ostree_fixture.test.hpp"
#include "device/updating.fake.hpp"
#include "pki/encoding.hpp"

namespace otafleet::device {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

[[nodiscard]] settings with_mode(run_mode mode) {
  auto wanted = test_settings();
  wanted.mode = mode;
  return wanted;
}

[[nodiscard]] storage with_certificate() {
  storage preloaded;
  preloaded.device_id = "demo-device-0001";
  preloaded.has_certificate = true;
  return preloaded;
}

void run_to_the_end(updating_vehicle& vehicle) {
  vehicle.run.power_on();
  ASSERT_TRUE(vehicle.run.run_until([&] { return vehicle.run.finished_well().has_value(); }, 5min));
}

// -- once -------------------------------------------------------------------------

TEST(device_that_lives_once, provisions_polls_and_ends) {
  updating_vehicle vehicle{with_mode(run_mode::once)};
  run_to_the_end(vehicle);
  EXPECT_EQ(vehicle.run.finished_well(), true);
  // wire-trace.md A1.
  EXPECT_EQ(vehicle.run.lines(),
            (lines{"POST /devices", "POST /director/ecus", "PUT /system_info", "PUT /core/installed",
                   "PUT /system_info/network", "POST /system_info/config", "PUT /director/manifest",
                   "GET /director/1.root.json", "GET /director/2.root.json", "GET /director/targets.json"}));
}

TEST(device_that_lives_once, goes_on_where_its_last_life_ended) {
  auto wanted = with_mode(run_mode::once);
  wanted.primary.serial = "ecu-1"; // the second life has another key here
  updating_vehicle first{wanted};
  run_to_the_end(first);
  updating_vehicle second{wanted, first.device.remembered()};
  second.director = first.director;
  second.publish();
  run_to_the_end(second);
  // wire-trace.md A2.
  EXPECT_EQ(second.run.lines(),
            (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/targets.json"}));
  EXPECT_NE(second.last_manifest().find(R"("report_counter":"2")"), std::string::npos);
}

TEST(device_that_lives_once, gives_up_after_two_attempts_to_provision) {
  updating_vehicle vehicle{with_mode(run_mode::once)};
  const auto refusal = answered(409, R"({"code":"something_else"})");
  vehicle.backend.next(endpoint::devices, {refusal, refusal, refusal});
  run_to_the_end(vehicle);
  EXPECT_EQ(vehicle.run.finished_well(), false);
  // wire-trace.md E, "409 other code".
  EXPECT_EQ(vehicle.run.lines(), (lines{"POST /devices", "POST /devices"}));
}

TEST(device_that_lives_once, tries_its_last_events_once_more_before_it_ends) {
  updating_vehicle vehicle{with_mode(run_mode::once), with_certificate()};
  vehicle.run.power_on();
  vehicle.run.run_until([&] { return !vehicle.device.ecu_serial().empty(); }, 1s);
  vehicle.assign("fw-1.bin", "one");
  const auto busy = answered(429);
  vehicle.backend.next(endpoint::events, {busy, busy});
  ASSERT_TRUE(vehicle.run.run_until([&] { return vehicle.run.finished_well().has_value(); }, 5min));
  EXPECT_TRUE(vehicle.device.remembered().events.empty()) << testing::PrintToString(vehicle.run.lines());
  const auto& last = vehicle.run.requests().back().what;
  EXPECT_EQ(last.to, endpoint::events);
  EXPECT_NE(last.body.find("EcuInstallationCompleted"), std::string::npos);
}

// -- device credentials -----------------------------------------------------------

TEST(device_with_its_own_certificate, registers_without_asking_for_one) {
  auto wanted = with_mode(run_mode::once);
  wanted.provisioning = provisioning_mode::device_credentials;
  updating_vehicle vehicle{wanted, with_certificate()};
  run_to_the_end(vehicle);
  // wire-trace.md B1.
  EXPECT_EQ(vehicle.run.lines().front(), "POST /director/ecus");
  EXPECT_EQ(vehicle.device.device_id(), "demo-device-0001");
  EXPECT_TRUE(
      std::ranges::all_of(vehicle.run.requests(), [](const auto& one) { return one.what.as == credential_use::own; }));
}

TEST(device_with_its_own_certificate, says_so_when_it_is_not_there) {
  auto wanted = with_mode(run_mode::once);
  wanted.provisioning = provisioning_mode::device_credentials;
  updating_vehicle vehicle{wanted};
  run_to_the_end(vehicle);
  EXPECT_EQ(vehicle.run.finished_well(), false);
  EXPECT_TRUE(vehicle.run.requests().empty());
  EXPECT_EQ(vehicle.run.last_reason(milestone::provisioning_failed), "no-device-credentials");
}

TEST(device_without_a_name, takes_a_uuid_where_the_backend_wants_one) {
  auto wanted = with_mode(run_mode::once);
  wanted.device_id_prefix.clear();
  wanted.uuid_device_id = true;
  updating_vehicle vehicle{wanted};
  run_to_the_end(vehicle);
  EXPECT_EQ(vehicle.device.device_id().size(), 36u);
  EXPECT_EQ(vehicle.device.device_id()[14], '4');
}

// -- check ------------------------------------------------------------------------

TEST(device_that_only_checks, verifies_and_downloads_and_tells_the_backend_nothing) {
  auto wanted = with_mode(run_mode::check);
  wanted.primary.serial = "ecu-1";
  updating_vehicle vehicle{wanted};
  vehicle.run.power_on();
  vehicle.run.run_until([&] { return vehicle.run.finished_well().has_value(); }, 1min);
  const auto before = vehicle.run.requests().size();
  vehicle.assign("fw-1.bin", "one");
  updating_vehicle again{wanted, vehicle.device.remembered()};
  again.director = vehicle.director;
  again.image = vehicle.image;
  again.backend.images = vehicle.backend.images;
  again.publish();
  run_to_the_end(again);
  EXPECT_EQ(again.run.finished_well(), true);
  EXPECT_EQ(again.run.count(milestone::checked), 1u);
  EXPECT_EQ(again.run.downloads().size(), 1u);
  EXPECT_TRUE(again.device.installed_filename().empty());
  for (const auto& request : again.run.requests())
    EXPECT_EQ(request.what.method, http_method::get);
  EXPECT_EQ(before, 3u);
}

TEST(device_that_only_checks, ends_badly_with_the_name_of_what_is_wrong) {
  auto wanted = with_mode(run_mode::check);
  wanted.primary.serial = "ecu-1";
  updating_vehicle vehicle{wanted};
  vehicle.director.targets.expires = "2020-01-01T00:00:00Z";
  vehicle.publish();
  run_to_the_end(vehicle);
  EXPECT_EQ(vehicle.run.finished_well(), false);
  EXPECT_EQ(vehicle.run.last_reason(milestone::check_failed), "ExpiredMetadata::targets");
}

// -- campaigns ----------------------------------------------------------------------

TEST(campaign_check, lists_the_sound_campaigns) {
  updating_vehicle vehicle{with_mode(run_mode::campaign_check)};
  vehicle.backend.next(endpoint::campaigns, {answered(200, R"({"campaigns":[
      {"id":"c1","name":"first","size":null,"metadata":[{"type":"DESCRIPTION","value":"words"}]},
      {"id":"c2"},
      {"id":"c3","name":"twice","metadata":[{"type":"DESCRIPTION","value":"a"},{"type":"DESCRIPTION","value":"b"}]},
      {"id":"c4","name":"soon","metadata":[{"type":"ESTIMATED_INSTALLATION_DURATION","value":"ten"}]}]})")});
  run_to_the_end(vehicle);
  EXPECT_EQ(vehicle.run.finished_well(), true);
  EXPECT_EQ(vehicle.run.count(milestone::campaign_found), 1u);
  // wire-trace.md E, "campaign_check".
  EXPECT_EQ(vehicle.run.lines().back(), "GET /campaigner/campaigns");
}

TEST(campaign_check, says_so_when_the_answer_is_none) {
  for (const auto& answer : {answered(404), answered(200, "<html>"), answered(200, "{}")}) {
    updating_vehicle vehicle{with_mode(run_mode::campaign_check)};
    vehicle.backend.next(endpoint::campaigns, {answer});
    run_to_the_end(vehicle);
    EXPECT_EQ(vehicle.run.finished_well(), false);
    EXPECT_EQ(vehicle.run.count(milestone::campaigns_failed), 1u);
  }
}

// -- OSTree -------------------------------------------------------------------------

class ostree_device : public testing::Test {
protected:
  ostree_device() {
    auto wanted = with_mode(run_mode::daemon);
    wanted.pacman = package_manager::ostree;
    vehicle.emplace(wanted);
    vehicle->backend.documents["/treehub/config"] = "[core]\nrepo_version=1\nmode=archive-z2\n";
    for (const auto& [path, hex] : ostree::fixture) {
      vehicle->backend.documents["/treehub/objects/" + std::string{path}] = as_text(pki::from_hex(hex).value());
      if (std::string_view{path}.ends_with(".commit"))
        commit = std::string{path}.substr(0, 2) + std::string{path}.substr(3, 62);
    }
    vehicle->provision();
    for (auto* list : {&vehicle->director.targets, &vehicle->image.targets}) {
      uptane::target target;
      target.filename = "core-image-" + commit.substr(0, 8);
      target.hashes.sha256 = commit;
      target.format = "OSTREE";
      list->list = {target};
      ++list->version;
    }
    vehicle->director.targets.list[0].ecus = {{vehicle->serial_of(0), "gw-imx8"}};
    vehicle->director.targets.correlation_id = test_correlation_id;
    vehicle->image.targets.list[0].hardware_ids = {"gw-imx8"};
    vehicle->publish();
  }

  std::optional<updating_vehicle> vehicle;
  std::string commit;
};

TEST_F(ostree_device, pulls_every_object_of_the_commit_and_reports_it_after_the_reboot) {
  vehicle->poll_once();
  ASSERT_EQ(vehicle->run.count(milestone::update_reported), 1u) << vehicle->run.last_reason(milestone::download_failed);
  const auto sent = vehicle->run.lines();
  for (const auto& [path, hex] : ostree::fixture)
    EXPECT_EQ(std::ranges::count(sent, "GET /treehub/objects/" + std::string{path}), 1) << path;
  EXPECT_NE(vehicle->last_manifest().find("Successfully booted on new version"), std::string::npos);
  EXPECT_EQ(vehicle->run.reboots(), 1);
}

TEST_F(ostree_device, refuses_a_commit_of_which_one_object_is_another) {
  for (auto& [path, content] : vehicle->backend.documents)
    if (path.ends_with(".filez"))
      content.back() = static_cast<char>(content.back() ^ 1);
  vehicle->poll_once();
  EXPECT_EQ(vehicle->run.last_reason(milestone::download_failed), "OstreeChecksumMismatch");
  EXPECT_NE(vehicle->last_manifest().find(R"("code":"DOWNLOAD_FAILED")"), std::string::npos);
}

TEST_F(ostree_device, refuses_an_image_that_is_no_commit) {
  vehicle->assign("fw.bin", "binary");
  vehicle->poll_once();
  EXPECT_EQ(vehicle->run.last_reason(milestone::check_failed), "InvalidTarget");
}

} // namespace
} // namespace otafleet::device
