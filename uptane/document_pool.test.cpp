#include "uptane/document_pool.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "uptane/test_repository.hpp"

namespace otafleet::uptane::testing {
namespace {

class a_document_pool : public ::testing::Test {
protected:
  document_pool pool;
  test_repository director{repository::director, pki::key_type::ed25519};
  test_repository image{repository::image, pki::key_type::ed25519};
};

TEST_F(a_document_pool, answers_the_same_bytes_with_the_same_object) {
  const auto text = director.root_text();
  const auto first = pool.root(repository::director, text).value();
  EXPECT_EQ(pool.root(repository::director, text).value(), first);
  EXPECT_NE(pool.root(repository::director, text + " ").value(), first) << "other bytes";
}

TEST_F(a_document_pool, keeps_repositories_and_roles_apart) {
  const auto text = director.targets_text();
  const auto of_director = pool.targets(repository::director, text).value();
  EXPECT_NE(pool.targets(repository::image, text).value(), of_director);
  EXPECT_EQ(pool.snapshot(repository::image, text).error().name(), "SecurityException::snapshot");
  EXPECT_EQ(pool.timestamp(repository::image, text).error().name(), "SecurityException::timestamp");
  EXPECT_EQ(pool.root(repository::director, text).error().name(), "SecurityException::root");
}

TEST_F(a_document_pool, applies_the_limit_of_the_repository) {
  director.targets.members["custom"] = json_object({{"pad", json_text(std::string(70000, 'x'))}});
  const auto text = director.targets_text();
  EXPECT_TRUE(pool.targets(repository::image, text));
  EXPECT_EQ(pool.targets(repository::director, text).error().name(), "MetadataFetchFailure::targets");
}

TEST_F(a_document_pool, parses_snapshot_and_timestamp_too) {
  EXPECT_EQ(pool.snapshot(repository::image, image.snapshot_text()).value(),
            pool.snapshot(repository::image, image.snapshot_text()).value());
  const auto kept = pool.timestamp(repository::image, image.timestamp_text()).value();
  EXPECT_EQ(pool.timestamp(repository::image, image.timestamp_text()).value(), kept);
}

TEST_F(a_document_pool, lets_go_of_what_nobody_holds) {
  std::weak_ptr<const targets> watched;
  {
    const auto held = pool.targets(repository::director, director.targets_text()).value();
    watched = held;
  }
  EXPECT_TRUE(watched.expired());
  EXPECT_TRUE(pool.targets(repository::director, director.targets_text())) << "and parses it again";
}

TEST_F(a_document_pool, stays_as_small_as_what_is_alive) {
  std::vector<targets_ptr> alive;
  for (int version = 1; version <= 2000; ++version) {
    director.targets.version = version;
    auto one = pool.targets(repository::director, director.targets_text()).value();
    if (version <= 10)
      alive.push_back(std::move(one));
  }
  EXPECT_LE(pool.remembered(), 64U);
  EXPECT_GE(pool.remembered(), 10U);
  director.targets.version = 3;
  EXPECT_EQ(pool.targets(repository::director, director.targets_text()).value(), alive[2]);
}

TEST_F(a_document_pool, serves_many_threads_with_one_object) {
  const auto text = director.root_text();
  const auto first = pool.root(repository::director, text).value();
  std::atomic<int> same{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&] {
      auto own = director;
      for (int turn = 0; turn < 200; ++turn) {
        own.targets.version = turn % 50;
        const auto other = pool.targets(repository::director, own.targets_text());
        if (other && pool.root(repository::director, text).value() == first && (*other)->version == turn % 50)
          ++same;
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(same, 4 * 200);
}

} // namespace
} // namespace otafleet::uptane::testing
