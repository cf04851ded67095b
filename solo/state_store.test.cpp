#include "solo/state_store.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "solo/scratch_directory.test.hpp"

namespace otafleet::solo {
namespace {

[[nodiscard]] records content_of(const std::filesystem::path& directory) {
  const auto store = state_store::open(directory);
  EXPECT_TRUE(store) << store.error();
  return store ? store->content() : records{};
}

[[nodiscard]] std::string complaint(const std::filesystem::path& directory) {
  const auto store = state_store::open(directory);
  return store ? "" : store.error();
}

[[nodiscard]] unsigned mode_of(const std::filesystem::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

void execute(const std::filesystem::path& file, const char* sql) {
  sqlite3* opened = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &opened), SQLITE_OK);
  const database_handle database{opened};
  ASSERT_EQ(sqlite3_exec(opened, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(opened);
}

TEST(state_store, keeps_what_was_saved_and_drops_what_was_not) {
  const scratch_directory scratch;
  const std::string zeros{"a\0b", 3};
  {
    auto store = state_store::open(scratch.path());
    ASSERT_TRUE(store) << store.error();
    EXPECT_TRUE(store->content().empty());
    ASSERT_TRUE(store->save({{"a", "1"}, {"b", "2"}, {"c", ""}}));
    ASSERT_TRUE(store->save({{"a", "1"}, {"b", zeros}}));
  }
  EXPECT_EQ(content_of(scratch.path()), (records{{"a", "1"}, {"b", zeros}}));
}

TEST(state_store, makes_a_directory_and_a_file_that_only_the_owner_can_read) {
  const scratch_directory scratch;
  const auto directory = scratch.path() / "deep" / "state";
  const auto old_mask = ::umask(0);
  auto store = state_store::open(directory);
  ::umask(old_mask);
  ASSERT_TRUE(store) << store.error();
  ASSERT_TRUE(store->save({{"key", "secret"}}));
  EXPECT_EQ(mode_of(directory), 0700U);
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
}

TEST(state_store, takes_the_others_their_rights_to_an_existing_file) {
  const scratch_directory scratch;
  static_cast<void>(content_of(scratch.path()));
  ::chmod((scratch.path() / "state.db").c_str(), 0644);
  static_cast<void>(content_of(scratch.path()));
  EXPECT_EQ(mode_of(scratch.path() / "state.db"), 0600U);
}

TEST(state_store, lets_nobody_else_into_its_directory) {
  const scratch_directory scratch;
  auto store = state_store::open(scratch.path());
  ASSERT_TRUE(store) << store.error();
  EXPECT_NE(complaint(scratch.path()).find("in use"), std::string::npos) << complaint(scratch.path());
  // Another process, too.
  const auto child = fork();
  if (child == 0)
    _exit(complaint(scratch.path()).find("in use") != std::string::npos ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  // It still works afterwards.
  EXPECT_TRUE(store->save({{"a", "1"}}));
}

/// A transaction is there or not, and the lock dies with its owner.
TEST(state_store, survives_the_death_of_its_process_at_any_moment) {
  const scratch_directory scratch;
  for (int round = 0; round < 20; ++round) {
    const auto child = fork();
    if (child == 0) {
      auto store = state_store::open(scratch.path());
      for (int number = 0; store; ++number)
        if (!store->save({{"a", std::to_string(number)}, {"b", std::to_string(number)}}))
          _exit(1);
      _exit(2);
    }
    usleep(static_cast<useconds_t>(3'000 + 1'000 * round));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    const auto found = content_of(scratch.path());
    EXPECT_EQ(found.contains("a"), found.contains("b"));
    if (found.contains("a")) {
      EXPECT_EQ(found.at("a"), found.at("b"));
    }
  }
  EXPECT_FALSE(content_of(scratch.path()).empty());
}

TEST(state_store, refuses_what_a_newer_version_wrote) {
  const scratch_directory scratch;
  static_cast<void>(content_of(scratch.path()));
  execute(scratch.path() / "state.db", "PRAGMA user_version = 2");
  EXPECT_NE(complaint(scratch.path()).find("newer version"), std::string::npos) << complaint(scratch.path());
}

TEST(state_store, leaves_a_foreign_database_alone) {
  const scratch_directory scratch;
  const auto file = scratch.path() / "state.db";
  execute(file, "CREATE TABLE treasure (x); INSERT INTO treasure VALUES (1)");
  EXPECT_NE(complaint(scratch.path()).find("not a device's state"), std::string::npos) << complaint(scratch.path());
  execute(file, "SELECT x FROM treasure");
}

TEST(state_store, says_that_a_file_is_damaged_and_what_to_do) {
  const scratch_directory scratch;
  std::ofstream{scratch.path() / "state.db"} << std::string(8'192, 'x');
  const auto why = complaint(scratch.path());
  EXPECT_NE(why.find("state.db is damaged"), std::string::npos) << why;
  EXPECT_NE(why.find("move it away"), std::string::npos) << why;
}

TEST(state_store, says_that_a_page_in_the_middle_is_damaged) {
  const scratch_directory scratch;
  {
    auto store = state_store::open(scratch.path());
    ASSERT_TRUE(store) << store.error();
    ASSERT_TRUE(store->save({{"a", std::string(100'000, 'a')}, {"b", std::string(100'000, 'b')}}));
  }
  std::fstream file{scratch.path() / "state.db", std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(4'096);
  file << std::string(16'384, '\xff');
  file.close();
  EXPECT_NE(complaint(scratch.path()).find("damaged"), std::string::npos) << complaint(scratch.path());
}

TEST(state_store, names_the_directory_that_cannot_be_made) {
  const scratch_directory scratch;
  std::ofstream{scratch.path() / "file"} << "x";
  EXPECT_NE(complaint(scratch.path() / "file" / "state").find((scratch.path() / "file").string()), std::string::npos);
  EXPECT_NE(complaint(scratch.path() / "file"), "");
}

TEST(state_store, follows_no_link_in_place_of_its_file) {
  const scratch_directory scratch;
  std::ofstream{scratch.path() / "elsewhere"} << "";
  std::filesystem::create_symlink(scratch.path() / "elsewhere", scratch.path() / "state.db");
  EXPECT_NE(complaint(scratch.path()), "");
  EXPECT_EQ(std::filesystem::file_size(scratch.path() / "elsewhere"), 0U);
}

} // namespace
} // namespace otafleet::solo
