#include "net/connection_book.hpp"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otafleet::net {
namespace {

using namespace std::chrono_literals;

constexpr device_index one{1};
constexpr device_index two{2};

/// A connected pair; the book gets `ours()`.
class wire {
public:
  wire() {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()) != 0)
      throw std::runtime_error{"no socket pair"};
  }
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;
  ~wire() {
    close(ends_[0]);
    close(ends_[1]);
  }

  [[nodiscard]] int ours() const { return ends_[0]; }
  [[nodiscard]] bool is_shut() const {
    char byte = 0;
    return recv(ends_[1], &byte, 1, 0) == 0; // 0 is the end; -1 with EAGAIN is an open line
  }

private:
  std::array<int, 2> ends_{};
};

TEST(connection_book, gives_each_speaker_a_key_of_its_own_and_keeps_it) {
  connection_book book{connection_policy::keep_alive};
  const auto mine = book.scope_of({one, 10});
  EXPECT_NE(mine, 0U);
  EXPECT_NE(book.scope_of({two, 11}), mine);
  EXPECT_EQ(book.scope_of({one, 10}), mine);
}

TEST(connection_book, gives_a_device_another_key_with_another_certificate) {
  connection_book book{connection_policy::keep_alive};
  const wire line;
  const auto before = book.scope_of({one, 10});
  book.opened(line.ours(), one);
  EXPECT_NE(book.scope_of({one, 20}), before);
  EXPECT_TRUE(line.is_shut());
}

TEST(connection_book, closes_the_connections_of_one_device_only) {
  connection_book book{connection_policy::keep_alive};
  const wire mine;
  const wire other;
  book.opened(mine.ours(), one);
  book.opened(other.ours(), two);
  book.close(one);
  EXPECT_TRUE(mine.is_shut());
  EXPECT_FALSE(other.is_shut());
}

TEST(connection_book, shuts_what_no_retry_came_for) {
  connection_book book{connection_policy::fresh};
  const wire line;
  const auto now = connection_book::clock::now();
  book.opened(line.ours(), one);
  book.retain({now + 4s, {one, 10}, "GET /x", 7, line.ours()});
  EXPECT_EQ(book.next_expiry(), now + 4s);
  book.expire(now + 3999ms);
  EXPECT_FALSE(line.is_shut());
  book.expire(now + 4s);
  EXPECT_TRUE(line.is_shut());
  EXPECT_EQ(book.next_expiry(), std::nullopt);
}

TEST(connection_book, gives_a_retry_the_connection_of_its_own_request_only) {
  connection_book book{connection_policy::fresh};
  const wire line;
  const auto scope = book.new_scope();
  book.opened(line.ours(), one);
  book.retain({connection_book::clock::now() + 4s, {one, 10}, "PUT /a", scope, line.ours()});
  EXPECT_NE(book.new_scope(), scope);
  EXPECT_NE(book.scope_of_retry({one, 10}, "PUT /b"), scope);
  EXPECT_NE(book.scope_of_retry({two, 10}, "PUT /a"), scope);
  EXPECT_NE(book.scope_of_retry({one, 11}, "PUT /a"), scope);
  EXPECT_EQ(book.scope_of_retry({one, 10}, "PUT /a"), scope);
  book.reused(scope);
  EXPECT_NE(book.scope_of_retry({one, 10}, "PUT /a"), scope);
}

TEST(connection_book, leaves_a_connection_alone_that_a_retry_uses) {
  connection_book book{connection_policy::fresh};
  const wire line;
  const auto now = connection_book::clock::now();
  book.opened(line.ours(), one);
  book.retain({now + 4s, {one, 10}, "GET /x", 7, line.ours()});
  book.reused(6);
  EXPECT_TRUE(book.next_expiry());
  book.reused(7);
  book.expire(now + 5s);
  EXPECT_FALSE(line.is_shut());
}

TEST(connection_book, forgets_a_socket_whose_number_may_come_back) {
  connection_book book{connection_policy::fresh};
  const wire line;
  const auto now = connection_book::clock::now();
  book.opened(line.ours(), one);
  book.retain({now + 4s, {one, 10}, "GET /x", 7, line.ours()});
  book.closed(line.ours());
  book.opened(line.ours(), two); // the same number, another connection
  book.expire(now + 5s);
  book.close(one);
  EXPECT_FALSE(line.is_shut());
  EXPECT_EQ(book.open(), 1U);
}

} // namespace
} // namespace otafleet::net
