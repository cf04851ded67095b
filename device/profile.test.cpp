#include "device/profile.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/updating.fake.hpp"

namespace otafleet::device {
namespace {

using lines = std::vector<std::string>;

[[nodiscard]] settings with_profile(std::string_view name) {
  auto wanted = test_settings();
  wanted.profile = *find_profile(name);
  return wanted;
}

TEST(client_profile, is_found_by_its_name) {
  EXPECT_EQ(find_profile("aktualizr")->keeps_connections, false);
  EXPECT_EQ(find_profile("keep-alive")->keeps_connections, true);
  EXPECT_EQ(find_profile("strict")->verification.director_timestamp_and_snapshot, true);
  EXPECT_EQ(find_profile("Aktualizr"), nullptr);
}

/// The same story for a lax and a strict device.
struct story : updating_vehicle {
  explicit story(std::string_view profile) : updating_vehicle(with_profile(profile)) {
    provision();
    assign("fw-1.bin", "one");
    poll_once();
  }

  void assign(const std::string& filename, const std::string& content) {
    ++director.snapshot.version;
    ++director.timestamp.version;
    updating_vehicle::assign(filename, content);
  }
};

TEST(strict_profile, asks_for_the_directors_timestamp_and_snapshot_too) {
  story vehicle{"strict"};
  ASSERT_EQ(vehicle.run.count(milestone::update_reported), 1u) << vehicle.run.last_reason(milestone::check_failed);
  const auto before = vehicle.run.requests().size();
  vehicle.assign("fw-2.bin", "two");
  vehicle.poll_once();
  const auto sent = vehicle.lines_without_events(before);
  EXPECT_EQ(lines(sent.begin(), sent.begin() + 5),
            (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/timestamp.json",
                   "GET /director/snapshot.json", "GET /director/targets.json"}));
  EXPECT_EQ(vehicle.device.installed_filename(), "fw-2.bin");
}

TEST(strict_profile, asks_for_the_timestamp_alone_when_nothing_is_new) {
  story vehicle{"strict"};
  vehicle.poll_once();
  const auto before = vehicle.run.requests().size();
  vehicle.poll_once();
  EXPECT_EQ(vehicle.lines_without_events(before),
            (lines{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/timestamp.json"}));
}

TEST(strict_profile, refuses_a_rollback_that_the_real_client_forgets_about_with_a_new_root) {
  for (const auto* profile : {"aktualizr", "strict"}) {
    SCOPED_TRACE(profile);
    story vehicle{profile};
    // A new root, and with it an older list: its version was forgotten, or it was not.
    vehicle.director.rotate(uptane::role::root);
    vehicle.director.targets.version = 1;
    vehicle.director.snapshot.version = vehicle.director.timestamp.version = 1;
    vehicle.publish();
    vehicle.poll_once();
    const bool refused = vehicle.run.count(milestone::check_failed) != 0;
    EXPECT_EQ(refused, std::string_view{profile} == "strict") << vehicle.run.last_reason(milestone::check_failed);
  }
}

} // namespace
} // namespace otafleet::device
