// A device is killed at each of its steps in turn and started again: it must go on as the real client does.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/operator_api.hpp"
#include "net/engine.hpp"
#include "pki/digest.hpp"
#include "server-stub/stub.hpp"
#include "tests/kill/killed_device.hpp"

namespace otafleet::kill_test {
namespace {

constexpr const char* account = "development";
constexpr const char* correlation = "urn:here-ota:mtu:a1377415-f888-40fd-95e9-1ffcd9063707";
/// More lives than any device needs.
constexpr int most_lives = 8;

[[nodiscard]] bool has(const protocol& lines, std::string_view start) {
  return std::ranges::any_of(lines, [&](const auto& one) { return one.starts_with(start); });
}

/// Whether the answer `start` arrived and was remembered.
[[nodiscard]] bool has_saved(const protocol& lines, std::string_view start) {
  const auto answer = std::ranges::find_if(lines, [&](const auto& one) { return one.starts_with(start); });
  return std::find(answer, lines.end(), "saved") != lines.end();
}

/// The report counters that went out; a retry repeats its own.
[[nodiscard]] std::vector<int> counters(const protocol& lines) {
  std::vector<int> all;
  for (const auto& one : lines)
    if (constexpr std::string_view put = "> PUT /director/manifest "; one.starts_with(put))
      all.push_back(std::atoi(one.c_str() + put.size()));
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

class a_device_killed_at_each_step : public testing::Test {
protected:
  void SetUp() override {
    directory = std::filesystem::temp_directory_path() / ("otafleet-kill-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory);
    stub::stub_options options;
    options.accounts.resize(1);
    options.accounts[0].name = account;
    auto started = stub::server::start(options);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
    access = {server->operator_url(), server->operator_token()};
    const auto p12 = server->provisioning_p12(account);
    std::ofstream{directory / "shared.p12", std::ios::binary} << as_text(p12);
    upload();
  }

  void TearDown() override { std::filesystem::remove_all(directory); }

  [[nodiscard]] net::reply ask(net::request request) {
    std::promise<net::reply> answered;
    auto answer = answered.get_future();
    network.start(std::move(request), [&](net::reply reply) { answered.set_value(std::move(reply)); });
    return answer.get();
  }

  void upload() {
    const std::vector<std::string> hardware{"kill-hw"};
    const auto content = actors::make_image(1, "fw-1.bin", 300'000);
    image = {"fw-1.bin", pki::sha256_hex(as_bytes(content)), content.size()};
    const auto uploaded = ask(actors::upload_request(access, account, image.filename, hardware, content));
    ASSERT_EQ(actors::complaint("upload", uploaded), "");
    update = actors::read_id(ask(actors::multi_target_update_request(access, account, hardware, image))).value();
  }

  void assign_to(const std::string& device) {
    const auto affected =
        actors::read_ids(ask(actors::assignment_request(access, account, update, correlation, {device})));
    ASSERT_TRUE(affected) << affected.error();
    ASSERT_EQ(affected->size(), 1u);
  }

  /// What the backend believes of the device.
  [[nodiscard]] actors::backend_device believed(const std::string& device) {
    std::string after;
    for (;;) {
      const auto page = actors::read_devices(ask(actors::devices_request(access, account, after))).value();
      for (const auto& one : page.devices)
        if (one.device_id == device)
          return one;
      if (page.next.empty())
        return {};
      after = page.next;
    }
  }

  [[nodiscard]] life_plan plan_for(const std::string& device) const {
    life_plan plan;
    plan.gateway_url = server->gateway_url();
    plan.provisioning_p12 = directory / "shared.p12";
    plan.state_directory = directory / device;
    plan.device_id = device;
    return plan;
  }

  /// Lives until the device has nothing left to do, rebooting when it waits for that.
  [[nodiscard]] protocol live_on(life_plan plan) {
    plan.dies_at = 0;
    protocol all;
    for (int lives = 0; lives != most_lives; ++lives) {
      const auto one = live(plan);
      EXPECT_FALSE(one.was_killed);
      EXPECT_EQ(one.exit_code, 0) << plan.device_id;
      all.insert(all.end(), one.lines.begin(), one.lines.end());
      if (!std::filesystem::remove(plan.state_directory / "need_reboot"))
        return all;
    }
    ADD_FAILURE() << plan.device_id << " never comes to rest";
    return all;
  }

  /// Every number is used once and they grow, through all lives.
  static void expect_growing_counters(const protocol& before, const protocol& after) {
    auto all = counters(before);
    const auto later = counters(after);
    all.insert(all.end(), later.begin(), later.end());
    EXPECT_TRUE(std::ranges::is_sorted(all));
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
  }

  std::filesystem::path directory;
  std::unique_ptr<stub::server> server;
  net::engine network{{.threads = 1, .max_in_flight = 4, .max_queued = 16}};
  actors::operator_access access;
  actors::image_facts image;
  std::string update;
};

TEST_F(a_device_killed_at_each_step, of_its_provisioning_goes_on_with_what_it_has) {
  std::size_t kills = 0;
  for (std::size_t step = 1;; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    auto plan = plan_for("new-" + std::to_string(step));
    plan.dies_at = step;
    const auto first = live(plan);
    if (!first.was_killed)
      break;
    ++kills;
    if (has(first.lines, "> POST /devices") && !has_saved(first.lines, "< devices 200")) {
      // The backend has given the certificate away, and no copy of it is left. The real client with a configured id is
      // then refused for ever (wire-trace.md E, "with a configured device_id"); an operator has to help.
      plan.dies_at = 0;
      const auto second = live(plan);
      EXPECT_TRUE(second.exit_code == 0 || has(second.lines, "< devices 409"));
      continue;
    }
    const auto second = live_on(plan);
    EXPECT_EQ(has(second, "> POST /devices"), !has_saved(first.lines, "< devices 200"));
    if (has_saved(first.lines, "< ecus 201")) {
      EXPECT_FALSE(has(second, "> POST /director/ecus"));
    }
    if (has_saved(first.lines, "< system_info 200")) {
      EXPECT_FALSE(has(second, "> PUT /system_info\n"));
    }
    expect_growing_counters(first.lines, second);
    EXPECT_TRUE(believed(plan.device_id).registered);
    EXPECT_EQ(believed(plan.device_id).filepath, "unknown");
  }
  EXPECT_GE(kills, 25u); // ten requests, their answers, and what is saved in between
}

TEST_F(a_device_killed_at_each_step, of_an_update_has_it_installed_and_reported_in_the_end) {
  std::size_t kills = 0;
  for (std::size_t step = 1;; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    auto plan = plan_for("old-" + std::to_string(step));
    const auto before = live_on(plan);
    assign_to(plan.device_id);
    plan.dies_at = step;
    const auto first = live(plan);
    if (!first.was_killed)
      break;
    ++kills;
    const auto second = live_on(plan);
    const auto seen = believed(plan.device_id);
    EXPECT_EQ(seen.filepath, image.filename);
    EXPECT_EQ(seen.sha256, image.sha256);
    // A download that was complete is not repeated.
    if (has(first.lines, "< image 200")) {
      EXPECT_FALSE(has(second, "> GET /repo/targets/"));
    }
    expect_growing_counters(before, first.lines);
    expect_growing_counters(first.lines, second);
    // Each event reaches the backend, if need be twice.
    auto both = first.lines;
    both.insert(both.end(), second.begin(), second.end());
    for (const std::string type :
         {"EcuDownloadStarted", "EcuDownloadCompleted", "EcuInstallationStarted", "EcuInstallationCompleted"})
      EXPECT_TRUE(std::ranges::any_of(both, [&](const auto& one) {
        return one.starts_with("> POST /events") && one.find(type) != one.npos;
      })) << type;
  }
  EXPECT_GE(kills, 30u);
}

TEST_F(a_device_killed_at_each_step, of_an_update_with_a_reboot_finishes_it_after_the_reboot) {
  std::size_t kills = 0;
  for (std::size_t step = 1;; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    auto plan = plan_for("boot-" + std::to_string(step));
    plan.reboots = true;
    static_cast<void>(live_on(plan));
    assign_to(plan.device_id);
    // Down to the reboot, and killed on the way up again.
    auto first = live(plan);
    ASSERT_TRUE(std::filesystem::remove(plan.state_directory / "need_reboot"));
    plan.dies_at = step;
    first = live(plan);
    if (!first.was_killed)
      break;
    ++kills;
    const auto second = live_on(plan);
    EXPECT_EQ(believed(plan.device_id).filepath, image.filename);
    expect_growing_counters(first.lines, second);
  }
  EXPECT_GE(kills, 10u);
}

} // namespace
} // namespace otafleet::kill_test

int main(int argc, char** argv) {
  int exit_code = 0;
  if (otafleet::kill_test::was_child(argc, argv, exit_code))
    return exit_code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
