#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/updating.fake.hpp"

namespace otafleet::device {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

[[nodiscard]] settings two_ecus() {
  auto wanted = test_settings();
  wanted.primary.serial = "primary-0001";
  wanted.secondaries.resize(1);
  wanted.secondaries[0].hardware_id = "demo-vsec";
  wanted.secondaries[0].uptane_key = pki::key_type::ed25519;
  return wanted;
}

[[nodiscard]] bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class two_ecu_vehicle : public testing::Test, protected updating_vehicle {
protected:
  two_ecu_vehicle() : updating_vehicle(two_ecus()) {}

  void SetUp() override {
    provision();
    before = run.requests().size();
  }

  /// wire-trace.md D2.
  void assign_both() {
    also_assign("dir a/fw+1.bin", "firmware of the primary", {0});
    also_assign("vfw.bin", "firmware of the secondary", {1});
  }

  /// `EcuInstallationStarted primary-0001`, in the order in which they were queued.
  [[nodiscard]] lines events() const {
    lines all;
    for (auto i = before; i != run.requests().size(); ++i) {
      const auto& what = run.requests()[i].what;
      if (what.to != endpoint::events)
        continue;
      std::string_view rest = what.body;
      for (auto at = rest.find(R"("ecu":")"); at != rest.npos; at = rest.find(R"("ecu":")")) {
        rest.remove_prefix(at + 7);
        auto line = std::string{rest.substr(0, rest.find('"'))};
        const bool failed = rest.substr(line.size() + 2).starts_with("success\":false") ||
                            rest.substr(line.size() + 2).starts_with("\"success\":false");
        rest.remove_prefix(rest.find(R"("eventType":{"id":")") + 19);
        line = std::string{rest.substr(0, rest.find('"'))} + (line == "primary-0001" ? " primary" : " secondary");
        all.push_back(line + (failed ? " failed" : ""));
      }
    }
    return all;
  }

  std::size_t before = 0;
};

TEST_F(two_ecu_vehicle, registers_the_primary_first_and_each_with_its_own_key) {
  const auto registration =
      std::ranges::find_if(run.requests(), [](const sent_request& one) { return one.what.to == endpoint::ecus; });
  ASSERT_NE(registration, run.requests().end());
  const auto& body = registration->what.body;
  EXPECT_LT(body.find("primary-0001"), body.find("demo-vsec"));
  EXPECT_TRUE(contains(body, R"("primary_ecu_serial":"primary-0001")"));
  EXPECT_EQ(serial_of(1).size(), 64u); // the id of its key
  EXPECT_TRUE(contains(body, serial_of(1)));
}

TEST_F(two_ecu_vehicle, reports_both_each_signed_by_itself) {
  const auto manifest = last_manifest();
  EXPECT_TRUE(contains(manifest, R"("filepath":"noimage")")) << manifest;
  EXPECT_TRUE(contains(manifest, R"("filepath":"unknown")"));
  EXPECT_TRUE(contains(manifest, R"("keyid":")" + serial_of(1) + '"'));
  // A secondary has no counter.
  EXPECT_EQ(manifest.find("report_counter"), manifest.rfind("report_counter"));
}

TEST_F(two_ecu_vehicle, updates_both_in_the_real_clients_order) {
  assign_both();
  poll_once();
  EXPECT_EQ(lines_without_events(before),
            (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/targets.json",
                   "GET /repo/1.root.json", "GET /repo/2.root.json", "GET /repo/timestamp.json",
                   "GET /repo/snapshot.json", "GET /repo/targets.json", "GET /repo/targets/dir%20a/fw%2B1.bin",
                   "GET /repo/targets/vfw.bin", "PUT /director/manifest"}));
  EXPECT_EQ(events(), (lines{"EcuDownloadStarted primary", "EcuDownloadCompleted primary",
                             "EcuDownloadStarted secondary", "EcuDownloadCompleted secondary",
                             "EcuInstallationStarted primary", "EcuInstallationCompleted primary",
                             "EcuInstallationStarted secondary", "EcuInstallationCompleted secondary"}));
  EXPECT_TRUE(contains(
      last_manifest(),
      R"("items":[{"ecu":"primary-0001","result":{"code":"OK","description":"Installing package was successful","success":true}},{"ecu":")" +
          serial_of(1) +
          R"(","result":{"code":"OK","description":"","success":true}}],"raw_report":"Installation succesful","result":{"code":"OK","description":"Device has been successfully installed","success":true})"))
      << last_manifest();
  EXPECT_TRUE(contains(last_manifest(), R"("filepath":"vfw.bin")"));
}

TEST_F(two_ecu_vehicle, names_the_failed_ecu_in_the_devices_result_and_keeps_the_other_installed) {
  common.secondaries[0].install_fails = 1;
  assign_both();
  poll_once();
  const auto manifest = last_manifest();
  EXPECT_TRUE(contains(manifest,
                       R"("raw_report":"Installation failed on one or more ECUs","result":{"code":)"
                       R"("demo-vsec:INSTALL_FAILED","description":"Installation failed on one or more ECUs",)"
                       R"("success":false})"))
      << manifest;
  EXPECT_TRUE(contains(manifest, R"({"ecu":")" + serial_of(1) + R"(","result":{"code":"INSTALL_FAILED")"));
  EXPECT_TRUE(contains(manifest, R"("code":"OK","description":"Installing package was successful")"));
  EXPECT_EQ(device.installed_filename(), "dir a/fw+1.bin");
  EXPECT_TRUE(contains(manifest, R"("filepath":"noimage")"));
  EXPECT_EQ(events().back(), "EcuInstallationCompleted secondary failed");
  EXPECT_EQ(run.last_reason(milestone::failure_reported), "INSTALL_FAILED");
}

TEST_F(two_ecu_vehicle, names_both_when_both_fail) {
  common.primary.install_fails = common.secondaries[0].install_fails = 1;
  assign_both();
  poll_once();
  EXPECT_TRUE(contains(last_manifest(), R"("code":"gw-imx8:INSTALL_FAILED|demo-vsec:INSTALL_FAILED")"));
}

TEST_F(two_ecu_vehicle, tries_again_while_the_backend_still_lists_what_failed) {
  common.secondaries[0].install_fails = 1;
  assign_both();
  poll_once();
  common.secondaries[0].install_fails = 0;
  poll_once();
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
  EXPECT_TRUE(contains(last_manifest(), R"("filepath":"vfw.bin")"));
  // Only the secondary had something to do.
  EXPECT_EQ(events().back(), "EcuInstallationCompleted secondary");
}

TEST_F(two_ecu_vehicle, downloads_one_image_for_both_once) {
  also_assign("both.bin", "the same for both", {0, 1});
  poll_once();
  const auto sent = run.lines(before);
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "GET /repo/targets/both.bin"), 1);
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
  auto started = events();
  started.resize(2);
  std::ranges::sort(started); // the order is that of the serials, and one of them is random
  EXPECT_EQ(started, (lines{"EcuDownloadStarted primary", "EcuDownloadStarted secondary"}));
}

TEST_F(two_ecu_vehicle, refuses_an_image_for_an_ecu_that_it_has_not) {
  assign_both();
  director.targets.list[0].ecus = {{"primary-0002", "gw-imx8"}};
  ++director.targets.version;
  publish();
  poll_once();
  EXPECT_EQ(run.last_reason(milestone::check_failed), "BadEcuId");
  // wire-trace.md D9.
  EXPECT_EQ(lines_without_events(before), (lines{"PUT /director/manifest", "GET /director/2.root.json",
                                                 "GET /director/targets.json", "PUT /director/manifest"}));
}

TEST_F(two_ecu_vehicle, registers_again_when_its_ecus_change) {
  auto remembered = device.remembered();
  auto changed = two_ecus();
  changed.secondaries[0].hardware_id = "demo-vsec-2";
  updating_vehicle later{changed, std::move(remembered)};
  later.provision();
  EXPECT_EQ(later.run.lines().front(), "POST /director/ecus");
}

} // namespace
} // namespace otafleet::device
