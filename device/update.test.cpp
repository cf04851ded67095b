#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/updating.fake.hpp"
#include "uptane/canonical.hpp"

namespace otafleet::device {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

[[nodiscard]] bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class update : public testing::Test, protected updating_vehicle {
protected:
  void SetUp() override {
    provision();
    ASSERT_EQ(run.count(milestone::polled), 1u);
    before = run.requests().size();
  }

  [[nodiscard]] lines since_provisioning() const { return run.lines(before); }

  std::size_t before = 0;
};

TEST_F(update, polls_with_three_requests_when_nothing_is_new) {
  poll_once();
  // wire-trace.md A2.
  EXPECT_EQ(since_provisioning(),
            (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/targets.json"}));
}

TEST_F(update, goes_the_real_clients_way_to_a_first_update) {
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  // wire-trace.md A3.
  EXPECT_EQ(
      lines_without_events(before),
      (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/targets.json",
             "GET /repo/1.root.json", "GET /repo/2.root.json", "GET /repo/timestamp.json", "GET /repo/snapshot.json",
             "GET /repo/targets.json", "GET /repo/targets/fw-1.0.bin", "PUT /director/manifest"}));
  EXPECT_EQ(device.installed_filename(), "fw-1.0.bin");
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(update, tells_the_four_events_of_an_update_in_their_order) {
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  std::string told;
  for (const auto& request : run.requests()) {
    if (request.what.to == endpoint::events)
      told += request.what.body;
  }
  const auto at = [&](const char* type) { return told.find(std::string{R"("eventType":{"id":")"} + type + '"'); };
  EXPECT_LT(at("EcuDownloadStarted"), at("EcuDownloadCompleted"));
  EXPECT_LT(at("EcuDownloadCompleted"), at("EcuInstallationStarted"));
  EXPECT_LT(at("EcuInstallationStarted"), at("EcuInstallationCompleted"));
  EXPECT_NE(at("EcuInstallationCompleted"), std::string::npos);
  EXPECT_TRUE(contains(told, R"("correlationId":")" + std::string{test_correlation_id}));
}

TEST_F(update, reports_the_installation_once_and_the_image_from_then_on) {
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  const auto report = last_manifest();
  EXPECT_TRUE(contains(report, R"("filepath":"fw-1.0.bin")")) << report;
  EXPECT_TRUE(contains(report, R"("code":"OK","description":"Device has been successfully installed","success":true)"));
  poll_once();
  EXPECT_TRUE(contains(last_manifest(), R"("filepath":"fw-1.0.bin")"));
  EXPECT_FALSE(contains(last_manifest(), "installation_report"));
}

TEST_F(update, signs_the_vehicle_and_the_ecu_with_its_uptane_key) {
  poll_once();
  const auto manifest = last_manifest();
  // Canonical already, so that what was signed is what is sent.
  EXPECT_EQ(uptane::canonical_json(manifest).value(), manifest);
  EXPECT_TRUE(contains(manifest, R"("keyid":")" + device.ecu_serial() + R"(","method":"ed25519")"));
  EXPECT_TRUE(contains(manifest, R"("report_counter":"2")"));
}

TEST_F(update, keeps_the_report_until_a_manifest_is_accepted) {
  assign("fw-1.0.bin", "new firmware");
  run.run_until([&] { return run.count(milestone::install_finished) == 1; }, 60s);
  backend.next(endpoint::manifest, {answered(400)});
  run.run_for(5s);
  EXPECT_EQ(run.count(milestone::update_reported), 0u);
  EXPECT_EQ(run.count(milestone::manifest_refused), 1u);
  poll_once();
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(update, asks_only_for_what_changed_at_a_second_update) {
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  const auto second = run.requests().size();
  assign("fw-2.0.bin", "newer firmware");
  poll_once();
  EXPECT_EQ(lines_without_events(second),
            (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/targets.json",
                   "GET /repo/2.root.json", "GET /repo/timestamp.json", "GET /repo/snapshot.json",
                   "GET /repo/targets.json", "GET /repo/targets/fw-2.0.bin", "PUT /director/manifest"}));
}

TEST_F(update, tries_a_wrong_payload_three_times_and_reports_the_failure) {
  assign("fw-1.0.bin", "new firmware");
  backend.images["fw-1.0.bin"] = "bad firmware";
  poll_once();
  // wire-trace.md D3.
  const auto sent = since_provisioning();
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "GET /repo/targets/fw-1.0.bin"), 3);
  EXPECT_TRUE(contains(last_manifest(), R"("items":[],"raw_report":"","result":{"code":"DOWNLOAD_FAILED")"));
  EXPECT_EQ(run.last_reason(milestone::download_failed), "TargetHashMismatch");
  EXPECT_TRUE(device.installed_filename().empty());
}

TEST_F(update, waits_half_a_second_and_one_second_between_download_tries) {
  assign("fw-1.0.bin", "new firmware");
  backend.images.clear();
  poll_once();
  std::vector<std::chrono::milliseconds> times;
  for (const auto& request : run.requests()) {
    if (request.what.to == endpoint::image)
      times.push_back(request.at);
  }
  ASSERT_EQ(times.size(), 3u);
  EXPECT_EQ(times[1] - times[0], 510ms);
  EXPECT_EQ(times[2] - times[1], 1010ms);
}

TEST_F(update, refuses_a_payload_that_is_longer_than_the_metadata_say) {
  assign("fw-1.0.bin", "new firmware");
  backend.next(endpoint::image, {failed("too-large"), failed("too-large"), failed("too-large")});
  poll_once();
  EXPECT_EQ(run.last_reason(milestone::download_failed), "OversizedTarget");
}

TEST_F(update, installs_nothing_that_the_image_repository_does_not_list) {
  assign("fw-1.0.bin", "new firmware");
  image.targets.list.clear();
  ++image.targets.version;
  publish();
  poll_once();
  EXPECT_EQ(run.last_reason(milestone::check_failed), "TargetMismatch");
  EXPECT_TRUE(contains(last_manifest(), R"("code":"VERIFICATION_FAILED")"));
  const auto sent = since_provisioning();
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "GET /repo/targets/fw-1.0.bin"), 0);
}

TEST_F(update, stops_at_an_expired_director_but_goes_on_reporting) {
  director.targets.expires = "2020-01-01T00:00:00Z";
  ++director.targets.version;
  publish();
  poll_once();
  // Metadata errors are not told to the backend; it sees a second manifest (protocol.md section 13, gotcha 30).
  EXPECT_EQ(since_provisioning(), (lines{"PUT /director/manifest", "GET /director/2.root.json",
                                         "GET /director/targets.json", "PUT /director/manifest"}));
  EXPECT_EQ(run.last_reason(milestone::check_failed), "ExpiredMetadata::targets");
  EXPECT_FALSE(contains(last_manifest(), "installation_report"));
}

TEST_F(update, refuses_an_older_list_of_the_director) {
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  director.targets.version = 1;
  publish();
  poll_once();
  EXPECT_EQ(run.last_reason(milestone::check_failed), "SecurityException::targets");
}

TEST_F(update, follows_a_rotated_director_root) {
  director.rotate(uptane::role::root);
  publish();
  poll_once();
  EXPECT_EQ(since_provisioning(), (lines{"PUT /director/manifest", "GET /director/2.root.json",
                                         "GET /director/3.root.json", "GET /director/targets.json"}));
  EXPECT_EQ(run.count(milestone::check_failed), 0u);
}

TEST_F(update, treats_nonsense_as_a_failed_check_and_polls_again) {
  for (const auto* nonsense : {"<html>maintenance</html>", "", "{}", "[]", "null"}) {
    backend.documents["/director/targets.json"] = nonsense;
    const auto failures = run.count(milestone::check_failed);
    poll_once();
    EXPECT_EQ(run.count(milestone::check_failed), failures + 1) << nonsense;
  }
  publish();
  const auto polls = run.count(milestone::polled);
  poll_once();
  EXPECT_EQ(run.count(milestone::polled), polls + 1);
}

TEST_F(update, takes_as_long_to_install_as_it_is_told) {
  common.install_p50 = common.install_p99 = 3s;
  assign("fw-1.0.bin", "new firmware");
  run.run_until([&] { return run.count(milestone::install_finished) == 1; }, 60s);
  std::chrono::milliseconds began{};
  for (const auto& told : run.notes()) {
    if (told.what.what == milestone::install_started)
      began = told.at;
    if (told.what.what == milestone::install_finished) {
      EXPECT_GE(told.at - began, 3s);
    }
  }
}

TEST_F(update, survives_a_backend_without_an_event_endpoint) {
  backend.next(endpoint::events, {answered(404), answered(404), answered(404), answered(404)});
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(update, keeps_events_for_later_when_the_endpoint_fails) {
  backend.next(endpoint::events, {answered(429)});
  assign("fw-1.0.bin", "new firmware");
  poll_once();
  std::size_t started = 0;
  for (const auto& request : run.requests()) {
    if (request.what.to == endpoint::events && contains(request.what.body, "EcuDownloadStarted"))
      ++started;
  }
  EXPECT_EQ(started, 2u);
}

TEST_F(update, gives_the_same_effects_for_the_same_seed_and_events) {
  updating_vehicle twin;
  twin.provision();
  EXPECT_EQ(twin.run.lines(), run.lines(0));
  EXPECT_EQ(twin.run.requests().size(), before);
}

} // namespace
} // namespace otafleet::device
