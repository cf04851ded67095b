#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/updating.fake.hpp"

namespace otafleet::device {
namespace {

using lines = std::vector<std::string>;

/// The Director assigns `vendor-a/fw.bin`; the Image repository leaves that path to others.
class delegated_image : public testing::Test, protected updating_vehicle {
protected:
  void SetUp() override {
    provision();
    assign("vendor-a/fw.bin", "firmware of a vendor");
    listed = image.targets.list.back();
    image.targets.list.clear();
  }

  void bump() {
    ++image.targets.version;
    ++image.snapshot.version;
    ++image.timestamp.version;
    publish();
    before = run.requests().size();
  }

  [[nodiscard]] lines asked_of_image_repository() const {
    auto all = lines_without_events(before);
    std::erase_if(all, [](const auto& one) { return !one.starts_with("GET /repo/"); });
    return all;
  }

  uptane::target listed;
  std::size_t before = 0;
};

TEST_F(delegated_image, is_found_where_the_top_level_targets_point_to) {
  image.delegate(image.targets, "vendor-a", {"vendor-a/*"}).list = {listed};
  bump();
  poll_once();
  EXPECT_EQ(run.count(milestone::update_reported), 1u) << run.last_reason(milestone::check_failed);
  EXPECT_EQ(
      asked_of_image_repository(),
      (lines{"GET /repo/1.root.json", "GET /repo/2.root.json", "GET /repo/timestamp.json", "GET /repo/snapshot.json",
             "GET /repo/targets.json", "GET /repo/delegations/vendor-a.json", "GET /repo/targets/vendor-a/fw.bin"}));
}

TEST_F(delegated_image, is_found_through_a_delegation_of_a_delegation) {
  auto& vendor = image.delegate(image.targets, "vendor-a", {"vendor-a/*"});
  image.delegate(vendor, "team b", {"*/fw.bin"}).list = {listed};
  bump();
  poll_once();
  EXPECT_EQ(run.count(milestone::update_reported), 1u) << run.last_reason(milestone::check_failed);
  const auto asked = asked_of_image_repository();
  EXPECT_TRUE(std::ranges::find(asked, "GET /repo/delegations/team%20b.json") != asked.end());
}

TEST_F(delegated_image, is_refused_where_the_delegation_does_not_cover_its_path) {
  image.delegate(image.targets, "vendor-b", {"vendor-b/*"}).list = {listed};
  bump();
  poll_once();
  EXPECT_EQ(run.last_reason(milestone::check_failed), "TargetMismatch");
  const auto asked = asked_of_image_repository();
  EXPECT_TRUE(std::ranges::find(asked, "GET /repo/delegations/vendor-b.json") == asked.end());
  EXPECT_TRUE(std::ranges::find(asked, "GET /repo/targets/vendor-a/fw.bin") == asked.end());
}

TEST_F(delegated_image, is_refused_when_the_delegation_cannot_be_fetched) {
  image.delegate(image.targets, "vendor-a", {"vendor-a/*"}).list = {listed};
  bump();
  backend.documents.erase("/repo/delegations/vendor-a.json");
  poll_once();
  EXPECT_TRUE(run.last_reason(milestone::check_failed).starts_with("DelegationMissing"));
  // The backend hears of it, as of every image that is not vouched for.
  EXPECT_NE(last_manifest().find(R"("code":"VERIFICATION_FAILED")"), std::string::npos);
}

TEST_F(delegated_image, is_refused_when_another_key_signed_the_delegation) {
  auto& vendor = image.delegate(image.targets, "vendor-a", {"vendor-a/*"});
  vendor.list = {listed};
  vendor.signers = image.targets.signers;
  bump();
  poll_once();
  EXPECT_TRUE(run.last_reason(milestone::check_failed).starts_with("BadKeyId"))
      << run.last_reason(milestone::check_failed);
}

} // namespace
} // namespace otafleet::device
