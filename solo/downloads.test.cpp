#include "solo/downloads.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "pki/digest.hpp"
#include "solo/scratch_directory.test.hpp"

namespace otafleet::solo {
namespace {

/// SHA-256 of `hello world`.
constexpr const char* hello_name = "B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9";
constexpr const char* hello_hash = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";

class downloads_test : public testing::Test {
protected:
  [[nodiscard]] downloads open() {
    auto made = downloads::open(scratch_.path() / "images");
    EXPECT_TRUE(made) << made.error();
    return std::move(*made);
  }

  static void transfer(downloads& to, std::string_view text, std::uint64_t resume_from = 0,
                       const std::string& name = hello_name) {
    const auto sink = to.writer(name, resume_from, text.size());
    ASSERT_TRUE(sink) << sink.error();
    EXPECT_TRUE((*sink)->write(as_bytes(text)));
  }

  [[nodiscard]] std::filesystem::path file(const std::string& suffix = "") const {
    return scratch_.path() / "images" / (hello_name + suffix);
  }

  [[nodiscard]] static std::string content(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator all{scratch_.path() / "images"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  const scratch_directory scratch_;
};

TEST_F(downloads_test, give_a_good_image_its_name) {
  auto images = open();
  EXPECT_EQ(images.inspect(hello_name).bytes, 0U);
  transfer(images, "hello world");
  EXPECT_FALSE(std::filesystem::exists(file())) << "nobody has looked at it yet";
  const auto found = images.inspect(hello_name);
  EXPECT_EQ(found.bytes, 11U);
  EXPECT_EQ(found.sha256, hello_hash);
  EXPECT_EQ(found.sha512, pki::sha512_hex(as_bytes("hello world")));
  EXPECT_EQ(content(file()), "hello world");
  EXPECT_EQ(files(), 1U);
}

TEST_F(downloads_test, know_an_image_by_its_sha512_too) {
  auto images = open();
  auto name = pki::sha512_hex(as_bytes("hello world"));
  for (auto& c : name)
    c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  transfer(images, "hello world", 0, name);
  EXPECT_EQ(images.inspect(name).bytes, 11U);
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "images" / name));
}

TEST_F(downloads_test, leave_nothing_under_the_name_of_an_image_that_is_another) {
  auto images = open();
  transfer(images, "hello wurld");
  EXPECT_NE(images.inspect(hello_name).sha256, hello_hash);
  EXPECT_FALSE(std::filesystem::exists(file()));
  images.forget(hello_name);
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(images.inspect(hello_name).bytes, 0U);
}

TEST_F(downloads_test, go_on_where_a_transfer_broke_off) {
  auto images = open();
  transfer(images, "hello ");
  EXPECT_EQ(images.inspect(hello_name).bytes, 6U);
  transfer(images, "world", 6);
  EXPECT_EQ(images.inspect(hello_name).sha256, hello_hash);
  EXPECT_EQ(content(file()), "hello world");
}

TEST_F(downloads_test, go_on_after_the_process_died) {
  {
    auto images = open();
    transfer(images, "hello ");
  }
  auto images = open();
  const auto found = images.inspect(hello_name);
  EXPECT_EQ(found.bytes, 6U);
  EXPECT_EQ(found.sha256, pki::sha256_hex(as_bytes("hello ")));
  transfer(images, "world", found.bytes);
  EXPECT_EQ(images.inspect(hello_name).sha256, hello_hash);
}

TEST_F(downloads_test, find_an_image_that_was_complete_when_the_process_died) {
  {
    auto images = open();
    transfer(images, "hello world");
  }
  auto images = open();
  EXPECT_EQ(images.inspect(hello_name).sha256, hello_hash);
  EXPECT_EQ(content(file()), "hello world");
}

TEST_F(downloads_test, drop_what_lies_beyond_the_place_where_a_transfer_goes_on) {
  auto images = open();
  transfer(images, "hello garbage");
  transfer(images, "world", 6);
  EXPECT_EQ(images.inspect(hello_name).sha256, hello_hash);
  EXPECT_EQ(content(file()), "hello world");
  transfer(images, "hello", 0);
  EXPECT_EQ(images.inspect(hello_name).bytes, 5U);
  EXPECT_FALSE(std::filesystem::exists(file())) << "it is incomplete again";
}

TEST_F(downloads_test, notice_what_changed_on_the_disk_since) {
  auto images = open();
  transfer(images, "hello world");
  EXPECT_EQ(images.inspect(hello_name).sha256, hello_hash);
  std::ofstream{file()} << "hello xorld";
  EXPECT_EQ(images.inspect(hello_name).sha256, pki::sha256_hex(as_bytes("hello xorld")));
}

TEST_F(downloads_test, take_no_name_that_could_be_a_path) {
  auto images = open();
  std::ofstream{scratch_.path() / "precious"} << "x";
  const std::vector<std::string> names{"../precious", "", "B94D", std::string(64, 'b'), std::string(64, '/')};
  for (const auto& name : names) {
    EXPECT_FALSE(images.writer(name, 0, 1)) << name;
    EXPECT_EQ(images.inspect(name).bytes, 0U);
    images.forget(name);
  }
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "precious"));
}

TEST_F(downloads_test, tell_before_the_first_byte_that_the_disk_has_no_room) {
  auto images = open();
  const auto sink = images.writer(hello_name, 0, std::uint64_t{1} << 60);
  ASSERT_FALSE(sink);
  EXPECT_NE(sink.error().find("no room"), std::string::npos) << sink.error();
  EXPECT_NE(sink.error().find("free some space"), std::string::npos) << sink.error();
  EXPECT_EQ(images.complaint(hello_name), sink.error());
}

TEST_F(downloads_test, stop_a_transfer_that_the_disk_has_no_room_for_and_keep_what_there_is) {
  auto images = open();
  const auto sink = images.writer(hello_name, 0, 11);
  ASSERT_TRUE(sink) << sink.error();
  // The nearest thing to a full disk that needs no file system of its own.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit little{6, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &little);
  EXPECT_FALSE((*sink)->write(as_bytes("hello world")));
  EXPECT_FALSE((*sink)->write(as_bytes("!")));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  const auto why = images.complaint(hello_name);
  EXPECT_NE(why.find(hello_name), std::string::npos) << why;
  EXPECT_NE(why.find("free some space"), std::string::npos) << why;

  // What was written is not hashed to its end; the next transfer begins where the digest does.
  const auto there = images.inspect(hello_name).bytes;
  EXPECT_EQ(there, 0U);
  transfer(images, "hello world", there);
  EXPECT_EQ(images.inspect(hello_name).sha256, hello_hash);
}

TEST_F(downloads_test, name_a_directory_that_cannot_be_made) {
  std::ofstream{scratch_.path() / "file"} << "x";
  const auto made = downloads::open(scratch_.path() / "file" / "images");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().find("file/images"), std::string::npos) << made.error();
}

} // namespace
} // namespace otafleet::solo
