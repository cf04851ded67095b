#include "actors/ground_truth.hpp"

#include <gtest/gtest.h>

namespace otafleet::actors {
namespace {

[[nodiscard]] device_record updated_device(const std::string& id) {
  device_record record;
  record.device_id = id;
  record.started = true;
  record.provisioned = true;
  record.reported_filename = "fw-1";
  record.reported_sha256 = "aa";
  return record;
}

[[nodiscard]] backend_device believed(const std::string& id, const std::string& filepath, const std::string& sha256) {
  backend_device device;
  device.device_id = id;
  device.registered = true;
  device.filepath = filepath;
  device.sha256 = sha256;
  return device;
}

TEST(ground_truth, agrees_when_the_backend_believes_what_was_reported) {
  const auto record = updated_device("d-1");
  EXPECT_TRUE(compare({&record}, {{"d-1", believed("d-1", "fw-1", "aa")}}).empty());
}

TEST(ground_truth, takes_the_image_unknown_for_no_image) {
  auto record = updated_device("d-1");
  record.reported_filename.clear();
  record.reported_sha256.clear();
  EXPECT_TRUE(compare({&record}, {{"d-1", believed("d-1", "unknown", "e3b0")}}).empty());
}

TEST(ground_truth, names_a_provisioned_device_that_the_backend_does_not_know) {
  const auto record = updated_device("d-1");
  const auto found = compare({&record}, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].device, "d-1");
}

TEST(ground_truth, names_a_device_whose_report_the_backend_has_not_taken_in) {
  const auto record = updated_device("d-1");
  const auto found = compare({&record}, {{"d-1", believed("d-1", "unknown", "e3b0")}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].what, "has reported image fw-1, the backend believes it runs no image");
}

TEST(ground_truth, sees_a_wrong_hash_behind_the_right_name) {
  const auto record = updated_device("d-1");
  EXPECT_EQ(compare({&record}, {{"d-1", believed("d-1", "fw-1", "bb")}}).size(), 1u);
}

TEST(ground_truth, names_a_device_that_nobody_played) {
  const auto found = compare({}, {{"ghost", believed("ghost", "unknown", "")}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].device, "ghost");
}

TEST(ground_truth, leaves_devices_alone_that_others_play_on_the_same_backend) {
  EXPECT_TRUE(compare({}, {{"theirs", believed("theirs", "unknown", "")}}, true).empty());
}

TEST(ground_truth, does_not_judge_a_device_that_was_cut_off) {
  auto record = updated_device("d-1");
  record.cut_off = true;
  EXPECT_TRUE(compare({&record}, {{"d-1", believed("d-1", "fw-2", "cc")}}).empty());
}

} // namespace
} // namespace otafleet::actors
