#include "telemetry/run_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace otafleet::telemetry {
namespace {

namespace fs = std::filesystem;

class run_directory_files : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "otafleet-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    base = pattern;
  }
  void TearDown() override { fs::remove_all(base); }

  [[nodiscard]] static std::string content_of(const fs::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  fs::path base;
};

TEST_F(run_directory_files, are_written_as_a_whole_and_leave_no_draft) {
  const auto directory = run_directory::create((base / "a" / "run").string(), "s");
  ASSERT_TRUE(directory) << directory.error();
  ASSERT_TRUE(directory->write("summary.json", "{}"));
  ASSERT_TRUE(directory->write("summary.json", R"({"a":1})"));
  EXPECT_EQ(content_of(base / "a" / "run" / "summary.json"), R"({"a":1})");
  EXPECT_EQ(std::distance(fs::directory_iterator{base / "a" / "run"}, fs::directory_iterator{}), 1);
}

TEST_F(run_directory_files, are_not_mixed_with_somebody_elses) {
  std::ofstream{base / "thesis.tex"} << "important";
  const auto refused = run_directory::create(base.string(), "s");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("--out"), std::string::npos);
  EXPECT_EQ(content_of(base / "thesis.tex"), "important");
}

TEST_F(run_directory_files, replace_those_of_an_earlier_run) {
  std::ofstream{base / "summary.json"} << "old";
  ASSERT_TRUE(run_directory::create(base.string(), "s"));
  EXPECT_FALSE(fs::exists(base / "summary.json"));
}

TEST_F(run_directory_files, cannot_go_where_a_file_is) {
  std::ofstream{base / "file"} << "";
  const auto refused = run_directory::create((base / "file" / "run").string(), "s");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("file"), std::string::npos);
}

TEST_F(run_directory_files, say_why_they_cannot_take_their_name) {
  const auto directory = run_directory::create(base.string(), "s");
  ASSERT_TRUE(directory);
  fs::create_directories(base / "summary.json" / "occupied");
  const auto refused = directory->write("summary.json", "{}");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("Is a directory"), std::string::npos) << refused.error();
  EXPECT_FALSE(fs::exists(base / ".summary.json.new"));
}

TEST_F(run_directory_files, can_be_changed_by_nobody_else_even_without_a_umask) {
  const auto before = ::umask(0);
  const auto directory = run_directory::create((base / "run").string(), "s");
  const bool written = directory && directory->write("summary.json", "{}");
  ::umask(before);
  ASSERT_TRUE(written);
  for (const auto& path : {base / "run", base / "run" / "summary.json"})
    EXPECT_EQ(fs::status(path).permissions() & (fs::perms::group_write | fs::perms::others_write), fs::perms::none)
        << path;
}

TEST_F(run_directory_files, say_which_one_could_not_be_written) {
  const auto directory = run_directory::create(base.string(), "s");
  ASSERT_TRUE(directory);
  const auto refused = directory->write("no/such/place", "x");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("no/such/place"), std::string::npos);
}

} // namespace
} // namespace otafleet::telemetry
