#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/updating.fake.hpp"

namespace otafleet::device {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

[[nodiscard]] settings rebooting_settings() {
  auto wanted = test_settings();
  wanted.reboots = true;
  return wanted;
}

class reboot_of_a_device : public testing::Test, protected updating_vehicle {
protected:
  reboot_of_a_device() : updating_vehicle(rebooting_settings()) {}

  void SetUp() override {
    provision();
    assign("fw-3.bin", "new firmware");
    before = run.requests().size();
  }

  void update_until_down() {
    run.reboots_by_itself = false;
    ASSERT_TRUE(run.run_until([&] { return run.reboots() == 1; }, 60s));
    run.run_for(1s); // the last event is still on its way
  }

  [[nodiscard]] std::size_t count(std::string_view line) const {
    const auto all = run.lines(before);
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), line));
  }

  std::size_t before = 0;
};

TEST_F(reboot_of_a_device, ends_the_update_with_the_applied_event_and_no_manifest) {
  update_until_down();
  const auto sent = run.lines(before);
  // wire-trace.md D6.
  EXPECT_EQ(sent.back(), "POST /events");
  EXPECT_NE(run.requests().back().what.body.find("EcuInstallationApplied"), std::string::npos);
  EXPECT_EQ(count("PUT /director/manifest"), 1u);
  EXPECT_TRUE(device.installed_filename().empty());
}

TEST_F(reboot_of_a_device, sends_nothing_while_it_waits_for_one_that_has_not_come) {
  update_until_down();
  const auto down = run.requests().size();
  run.power_on(false);
  run.run_for(5s);
  // wire-trace.md D7.
  EXPECT_EQ(run.lines(down), lines{});
  EXPECT_EQ(run.reboots(), 2); // the daemon goes down again, as the installation still waits
}

TEST_F(reboot_of_a_device, reports_before_its_credentials_are_loaded_and_then_again) {
  update_until_down();
  const auto down = run.requests().size();
  run.power_on(true);
  run.run_for(8s);
  // wire-trace.md D8: six handshakes fail, three of the event and three of the manifest; its counter is used up.
  std::vector<std::string> in_vain;
  for (auto i = down; i != run.requests().size(); ++i)
    if (run.requests()[i].what.as == credential_use::none)
      in_vain.push_back(run.lines(i).front());
  std::ranges::sort(in_vain);
  EXPECT_EQ(in_vain, (lines{"POST /events", "POST /events", "POST /events", "PUT /director/manifest",
                            "PUT /director/manifest", "PUT /director/manifest"}));
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
  const auto report = last_manifest();
  EXPECT_NE(report.find(R"("description":"Installing fake package was successful")"), std::string::npos);
  EXPECT_NE(report.find(R"("report_counter":"4")"), std::string::npos) << report;
  EXPECT_EQ(device.installed_filename(), "fw-3.bin");
}

TEST_F(reboot_of_a_device, tells_the_completed_event_at_the_next_chance) {
  update_until_down();
  run.power_on(true);
  run.run_for(15s);
  const auto taken = std::ranges::count_if(run.requests(), [](const sent_request& one) {
    return one.what.to == endpoint::events && one.what.as == credential_use::own &&
           one.what.body.find("EcuInstallationCompleted") != std::string::npos;
  });
  EXPECT_EQ(taken, 1);
}

TEST_F(reboot_of_a_device, goes_by_itself_in_a_fleet) {
  poll_once();
  EXPECT_EQ(run.count(milestone::reboot_started), 1u);
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
  EXPECT_EQ(count("PUT /system_info"), 0u); // the backend has it
}

TEST_F(reboot_of_a_device, of_the_strict_profile_loads_its_credentials_first) {
  common.profile.first_reports_lack_credentials = false;
  update_until_down();
  const auto down = run.requests().size();
  run.power_on(true);
  run.run_for(8s);
  EXPECT_EQ(lines_without_events(down).front(), "PUT /director/manifest");
  EXPECT_NE(last_manifest().find(R"("report_counter":"4")"), std::string::npos); // the second: of its check
  EXPECT_TRUE(std::ranges::none_of(run.requests(), [](const auto& r) { return r.what.as == credential_use::none; }));
}

} // namespace
} // namespace otafleet::device
