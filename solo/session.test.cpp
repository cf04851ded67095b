#include "solo/session.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/updating.fake.hpp"
#include "pki/certificate_authority.hpp"
#include "pki/digest.hpp"
#include "solo/scratch_directory.test.hpp"
#include "solo/scripted_network.test.hpp"
#include "solo/state_store.hpp"
#include "uptane/test_repository.hpp"

namespace otafleet::solo {
namespace {

using device::endpoint;
using device::milestone;
using device::run_mode;
using lines = std::vector<std::string>;

/// SHA-256 of `hello world`.
constexpr const char* hello_name = "B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9";

[[nodiscard]] pki::credential credential_called(const std::string& name) {
  const auto authority = pki::certificate_authority::create("test ca", pki::certificate_use::client).value();
  auto key = pki::private_key::generate(pki::key_type::ec_p256).value();
  pki::issue_request wanted;
  wanted.common_name = name;
  auto leaf = authority.issue(key.public_part(), wanted).value();
  return {std::move(key), std::move(leaf), {authority.root()}};
}

/// A device with a state directory, and a backend that a test can bend.
class session_test : public testing::Test {
protected:
  session_test() {
    options_.settings = device::test_settings();
    options_.settings.mode = run_mode::once;
    options_.settings.primary.serial = "primary-1";
    options_.settings.has_system_info = false;
    options_.state_directory = scratch_.path() / "state";
    options_.shared = credential_called("account");
    publish();
  }

  /// Serves the repositories as their plans are now.
  void publish() {
    auto& served = backend_.documents;
    served["/director/1.root.json"] = director_.root_text();
    served["/director/targets.json"] = director_.targets_text();
    served["/repo/1.root.json"] = image_.root_text();
    served["/repo/targets.json"] = image_.targets_text();
    served["/repo/snapshot.json"] = image_.snapshot_text();
    served["/repo/timestamp.json"] = image_.timestamp_text();
  }

  void assign(const std::string& filename, const std::string& content) {
    assign(filename, content.size(), pki::sha256_hex(as_bytes(content)));
    backend_.images[filename] = content;
  }

  void assign(const std::string& filename, std::uint64_t length, const std::string& sha256) {
    uptane::target both;
    both.filename = filename;
    both.length = length;
    both.hashes.sha256 = sha256;
    auto for_image = both;
    for_image.hardware_ids = {options_.settings.primary.hardware_id};
    both.ecus = {{"primary-1", options_.settings.primary.hardware_id}};
    director_.targets.list = {both};
    director_.targets.correlation_id = device::test_correlation_id;
    ++director_.targets.version;
    image_.targets.list.push_back(for_image);
    ++image_.targets.version;
    ++image_.snapshot.version;
    ++image_.timestamp.version;
    publish();
  }

  /// One process from its start to its end; what it did is in `watch_`.
  session_end run() {
    watch_ = std::make_unique<recording_observer>();
    if (prepare_)
      prepare_(*watch_);
    scripted_network network{backend_, *watch_};
    const auto end = run_session(options_, network, *watch_, [this] { return stop_; });
    identities_ = network.identities;
    EXPECT_TRUE(end) << end.error();
    return end ? *end : session_end{false, "trouble", end.error()};
  }

  /// A process that dies when its first request to `where` is about to leave.
  void killed_on_the_way_to(endpoint where) {
    const auto child = fork();
    if (child == 0) {
      prepare_ = [where](recording_observer& watch) {
        watch.on_request = [where](const device::send_request& what) {
          if (what.to == where)
            kill(getpid(), SIGKILL);
        };
      };
      run();
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
  }

  [[nodiscard]] std::string trouble() {
    recording_observer watch;
    scripted_network network{backend_, watch};
    const auto end = run_session(options_, network, watch, [] { return false; });
    return end ? "" : end.error();
  }

  [[nodiscard]] records stored() const {
    const auto store = state_store::open(options_.state_directory);
    EXPECT_TRUE(store) << store.error();
    return store ? store->content() : records{};
  }

  [[nodiscard]] bool has_sentinel() const { return std::filesystem::exists(options_.state_directory / "need_reboot"); }

  [[nodiscard]] bool manifest_says(const std::string& text) const {
    return watch_->last_body(endpoint::manifest).find(text) != std::string::npos;
  }

  const scratch_directory scratch_;
  session_options options_;
  device::scripted_backend backend_;
  uptane::testing::test_repository director_{uptane::repository::director, pki::key_type::ed25519};
  uptane::testing::test_repository image_{uptane::repository::image, pki::key_type::ed25519};
  bool stop_ = false;
  std::function<void(recording_observer&)> prepare_;
  std::unique_ptr<recording_observer> watch_;
  std::vector<std::shared_ptr<const net::identity>> identities_;
};

const lines idle_poll{"PUT /director/manifest", "GET /director/2.root.json", "GET /director/targets.json"};

// -- memory ---------------------------------------------------------------------------

TEST_F(session_test, provisions_once_and_remembers_it_in_the_next_process) {
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->lines().at(0), "POST /devices");
  EXPECT_EQ(watch_->lines().at(1), "POST /director/ecus");
  EXPECT_TRUE(manifest_says(R"("report_counter":"1")"));
  const auto first = stored();

  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->lines(), idle_poll);
  EXPECT_TRUE(manifest_says(R"("report_counter":"2")"));
  // The same certificate, the same key.
  EXPECT_EQ(stored().at("credential/certificate"), first.at("credential/certificate"));
  EXPECT_EQ(stored().at("key/0"), first.at("key/0"));
}

/// A second POST /devices would be refused: the name is taken.
TEST_F(session_test, has_its_certificate_when_it_was_killed_on_the_way_to_the_registration) {
  killed_on_the_way_to(endpoint::ecus);
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->lines().at(0), "POST /director/ecus");
}

/// A report counter that the backend has seen must not come again (protocol.md section 13, gotcha 15).
TEST_F(session_test, never_repeats_a_counter_after_it_was_killed_on_the_way_to_the_manifest) {
  EXPECT_TRUE(run().ok);
  killed_on_the_way_to(endpoint::manifest);
  EXPECT_TRUE(run().ok);
  EXPECT_TRUE(manifest_says(R"("report_counter":"3")")) << watch_->last_body(endpoint::manifest);
}

TEST_F(session_test, says_who_uses_its_directory) {
  const auto store = state_store::open(options_.state_directory);
  ASSERT_TRUE(store) << store.error();
  EXPECT_NE(trouble().find("in use"), std::string::npos);
}

TEST_F(session_test, says_which_record_is_damaged) {
  {
    auto store = state_store::open(options_.state_directory);
    ASSERT_TRUE(store) << store.error();
    ASSERT_TRUE(store->save({{"state", "{"}}));
  }
  const auto why = trouble();
  EXPECT_NE(why.find("state.db: the record 'state' is damaged"), std::string::npos) << why;
  EXPECT_NE(why.find("move it away"), std::string::npos) << why;
}

// -- updates --------------------------------------------------------------------------

TEST_F(session_test, installs_an_update_and_leaves_its_image_under_its_name) {
  assign("fw-1", "hello world");
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->count(milestone::update_reported), 1U);
  EXPECT_TRUE(manifest_says(R"("filepath":"fw-1")"));
  EXPECT_TRUE(std::filesystem::exists(options_.state_directory / "images" / hello_name));
  // Nothing to do for the next process.
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->lines(), idle_poll);
}

/// A backend keeps one of two events with the same id.
TEST_F(session_test, gives_its_events_other_ids_in_each_process) {
  const auto ids = [this] {
    lines found;
    for (const auto& one : watch_->requests)
      for (auto at = one.body.find(R"("id":")"); one.to == endpoint::events && at != std::string::npos;
           at = one.body.find(R"("id":")", at + 1))
        // Beside the names of the kinds of events, which are in a member `id` too.
        if (const auto id = one.body.substr(at + 6, 36); id.size() == 36 && id[8] == '-')
          found.push_back(id);
    return found;
  };
  assign("fw-1", "hello world");
  EXPECT_TRUE(run().ok);
  auto all = ids();
  assign("fw-2", "hello again");
  EXPECT_TRUE(run().ok);
  const auto more = ids();
  ASSERT_GE(all.size(), 4U);
  ASSERT_GE(more.size(), 4U);
  all.insert(all.end(), more.begin(), more.end());
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

TEST_F(session_test, names_the_check_that_refused_the_metadata) {
  director_.targets.expires = "2017-01-01T00:00:00Z";
  publish();
  options_.settings.mode = run_mode::check;
  const auto end = run();
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.reason, "ExpiredMetadata::targets");
  EXPECT_NE(end.detail, "");
  EXPECT_NE(std::ranges::find(watch_->steps, "NO expiry"), watch_->steps.end());
}

TEST_F(session_test, leaves_no_byte_of_an_image_that_is_another) {
  assign("fw-1", 11, std::string(64, 'a'));
  backend_.images["fw-1"] = "hello world";
  options_.settings.mode = run_mode::check;
  options_.settings.profile.download_tries = 1;
  const auto end = run();
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.reason, "TargetHashMismatch");
  EXPECT_TRUE(std::filesystem::is_empty(options_.state_directory / "images"));
}

TEST_F(session_test, tells_that_the_disk_has_no_room_for_an_image) {
  assign("fw-1", std::uint64_t{1} << 60, std::string(64, 'a'));
  options_.settings.mode = run_mode::check;
  options_.settings.profile.download_tries = 1;
  const auto end = run();
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(end.reason, "sink");
  EXPECT_NE(end.detail.find("no room"), std::string::npos) << end.detail;
  for (const auto& one : watch_->requests)
    EXPECT_NE(one.to, endpoint::image);
}

// -- reboots (protocol.md section 9.5) --------------------------------------------------

TEST_F(session_test, waits_for_the_sentinel_to_go_before_an_installation_counts) {
  options_.settings.reboots = true;
  assign("fw-1", "hello world");
  EXPECT_TRUE(run().ok);
  EXPECT_TRUE(has_sentinel());
  EXPECT_FALSE(manifest_says(R"("filepath":"fw-1")"));

  // Not down in between.
  run();
  EXPECT_EQ(watch_->lines(), lines{});
  EXPECT_TRUE(has_sentinel());

  std::filesystem::remove(options_.state_directory / "need_reboot");
  EXPECT_TRUE(run().ok);
  EXPECT_TRUE(manifest_says(R"("filepath":"fw-1")"));
  EXPECT_FALSE(has_sentinel());
}

TEST_F(session_test, believes_whoever_knows_better_than_the_sentinel) {
  options_.settings.reboots = true;
  assign("fw-1", "hello world");
  EXPECT_TRUE(run().ok);

  std::filesystem::remove(options_.state_directory / "need_reboot");
  options_.after_reboot = false;
  run();
  EXPECT_EQ(watch_->lines(), lines{});
  EXPECT_TRUE(has_sentinel()) << "the next start must not find a reboot";

  options_.after_reboot = true;
  EXPECT_TRUE(run().ok);
  EXPECT_TRUE(manifest_says(R"("filepath":"fw-1")"));
  EXPECT_FALSE(has_sentinel());
}

TEST_F(session_test, reboots_by_itself_as_a_daemon) {
  options_.settings.mode = run_mode::daemon;
  options_.settings.reboots = true;
  options_.settings.reboot_takes = std::chrono::milliseconds{30};
  options_.settings.polling_interval = std::chrono::milliseconds{20};
  assign("fw-1", "hello world");
  prepare_ = [this](recording_observer& watch) {
    watch.on_note = [this](const device::note& what) { stop_ = what.what == milestone::update_reported; };
  };
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->count(milestone::reboot_started), 1U);
  EXPECT_TRUE(manifest_says(R"("filepath":"fw-1")"));
  EXPECT_FALSE(has_sentinel());
}

// -- who it is (protocol.md section 2) ----------------------------------------------------

TEST_F(session_test, goes_out_as_the_account_first_and_as_itself_afterwards) {
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(as_text(identities_.at(0)->leaf_der()), as_text(options_.shared->leaf.der()));
  const auto own = pki::certificate::from_pem(stored().at("credential/certificate")).value();
  EXPECT_EQ(as_text(identities_.at(1)->leaf_der()), as_text(own.der()));
  EXPECT_EQ(identities_.at(1)->chain(), net::sent_chain::leaf_and_anchors);
}

TEST_F(session_test, is_called_by_the_certificate_that_it_was_given) {
  options_.settings.provisioning = device::provisioning_mode::device_credentials;
  options_.imported = credential_called("vin-0001");
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(watch_->lines().at(0), "POST /director/ecus");
  EXPECT_NE(stored().at("state").find(R"("device_id":"vin-0001")"), std::string::npos);
  EXPECT_EQ(identities_.at(0)->chain(), net::sent_chain::leaf);

  // A new certificate is taken at the next start, its name is not; without the files the last one stays.
  options_.imported = credential_called("vin-0002");
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(stored().at("credential/certificate"), options_.imported->leaf.pem());
  EXPECT_NE(stored().at("state").find(R"("device_id":"vin-0001")"), std::string::npos);
  const auto last = options_.imported->leaf.der();
  options_.imported.reset();
  EXPECT_TRUE(run().ok);
  EXPECT_EQ(as_text(identities_.at(0)->leaf_der()), as_text(last));
}

TEST_F(session_test, asks_for_nothing_without_the_certificate_that_it_needs) {
  options_.settings.provisioning = device::provisioning_mode::device_credentials;
  const auto end = run();
  EXPECT_FALSE(end.ok);
  EXPECT_EQ(watch_->lines(), lines{});
}

// -- its end ------------------------------------------------------------------------------

TEST_F(session_test, stops_in_the_middle_of_a_request_when_it_is_told_to) {
  watch_ = std::make_unique<recording_observer>();
  scripted_network network{backend_, *watch_};
  network.hold();
  const auto begun = std::chrono::steady_clock::now();
  const auto end = run_session(options_, network, *watch_, [this] { return !watch_->requests.empty(); });
  ASSERT_TRUE(end) << end.error();
  EXPECT_FALSE(end->ok);
  EXPECT_EQ(end->reason, "interrupted");
  ASSERT_EQ(watch_->replies.size(), 1U);
  EXPECT_EQ(watch_->replies[0].why, net::failure::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{3});
}

} // namespace
} // namespace otafleet::solo
