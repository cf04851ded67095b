#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "device/updating.fake.hpp"
#include "pki/digest.hpp"

namespace otafleet::device {
namespace {

[[nodiscard]] http_reply broken_off(std::string arrived) {
  auto reply = failed("connection-lost");
  reply.status = 200;
  reply.body = std::move(arrived);
  return reply;
}

[[nodiscard]] std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

class download_of_an_image : public testing::Test, protected updating_vehicle {
protected:
  void SetUp() override { provision(); }

  /// `resume_from` of each request for an image.
  [[nodiscard]] std::vector<std::uint64_t> asked_from() const {
    std::vector<std::uint64_t> all;
    for (const auto& one : run.requests())
      if (one.what.to == endpoint::image)
        all.push_back(one.what.resume_from);
    return all;
  }

  const std::string content = "0123456789abcdefghij";
  const std::string name = upper(pki::sha256_hex(as_bytes(content)));
};

using offsets = std::vector<std::uint64_t>;

TEST_F(download_of_an_image, goes_on_where_it_broke_off) {
  assign("fw.bin", content);
  backend.next(endpoint::image, {broken_off(content.substr(0, 7))});
  poll_once();
  EXPECT_EQ(asked_from(), (offsets{0, 7}));
  EXPECT_EQ(run.downloads().at(name), content);
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(download_of_an_image, begins_anew_when_the_server_knows_no_ranges) {
  assign("fw.bin", content);
  backend.next(endpoint::image, {broken_off(content.substr(0, 7)), failed("range")});
  poll_once();
  EXPECT_EQ(asked_from(), (offsets{0, 7, 0}));
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(download_of_an_image, is_not_repeated_when_it_is_there_already) {
  assign("fw.bin", content);
  run.downloads()[name] = content;
  poll_once();
  EXPECT_TRUE(asked_from().empty());
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(download_of_an_image, throws_away_what_is_longer_or_wrong_and_begins_anew) {
  assign("fw.bin", content);
  run.downloads()[name] = content + "more";
  poll_once();
  EXPECT_EQ(asked_from(), (offsets{0}));
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(download_of_an_image, that_goes_on_from_garbage_fails_by_its_hash_and_then_begins_anew) {
  assign("fw.bin", content);
  run.downloads()[name] = "garbage";
  poll_once();
  EXPECT_EQ(asked_from(), (offsets{7, 0}));
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
}

TEST_F(download_of_an_image, leaves_nothing_of_an_image_that_is_not_what_was_signed) {
  assign("fw.bin", content);
  backend.images["fw.bin"] = "9876543210abcdefghij";
  poll_once();
  EXPECT_TRUE(run.downloads().empty());
  EXPECT_EQ(run.last_reason(milestone::download_failed), "TargetHashMismatch");
}

TEST_F(download_of_an_image, stops_at_the_signed_length) {
  assign("fw.bin", content);
  backend.images["fw.bin"] = content + content;
  poll_once();
  EXPECT_EQ(run.last_reason(milestone::download_failed), "OversizedTarget");
  EXPECT_TRUE(run.downloads().empty());
}

TEST_F(download_of_an_image, keeps_the_images_of_the_last_two_installations) {
  for (const auto* one : {"first", "second", "third"}) {
    assign(std::string{one} + ".bin", one);
    poll_once();
  }
  EXPECT_EQ(run.count(milestone::update_reported), 3u);
  EXPECT_EQ(run.downloads().size(), 2u);
  EXPECT_FALSE(run.downloads().contains(upper(pki::sha256_hex(as_bytes("first")))));
}

TEST_F(download_of_an_image, that_is_empty_asks_for_nothing) {
  assign("nothing.bin", "");
  director.targets.list[0].format = image.targets.list[0].format = "BINARY";
  ++director.targets.version;
  publish();
  poll_once();
  EXPECT_TRUE(asked_from().empty());
  EXPECT_EQ(device.installed_filename(), "nothing.bin");
}

TEST_F(download_of_an_image, goes_to_the_uri_that_the_metadata_give) {
  assign("fw.bin", content);
  image.targets.list.back().uri = "https://mirror.test/repo/targets/fw.bin";
  ++image.targets.version;
  publish();
  poll_once();
  EXPECT_EQ(run.count(milestone::update_reported), 1u);
  const auto request =
      std::ranges::find_if(run.requests(), [](const sent_request& one) { return one.what.to == endpoint::image; });
  EXPECT_EQ(request->what.url, "https://mirror.test/repo/targets/fw.bin");
}

} // namespace
} // namespace otafleet::device
