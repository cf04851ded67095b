// Bodies that do not stand in memory: sinks, resumed downloads, and servers that answer a range with something else.
#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/digest_sink.hpp"
#include "net/test_fleet.hpp"
#include "pki/digest.hpp"

namespace otafleet::net {
namespace {

constexpr std::size_t size = 300'000;

class text_sink final : public body_sink {
public:
  bool write(byte_view piece) override {
    taken += as_text(piece);
    return true;
  }
  std::string taken;
};

/// A disk with so much room left.
class full_sink final : public body_sink {
public:
  explicit full_sink(std::size_t room) : room_(room) {}

  bool write(byte_view piece) override {
    if (piece.size() > room_)
      return false;
    room_ -= piece.size();
    return true;
  }
  [[nodiscard]] std::size_t room() const noexcept { return room_; }

private:
  std::size_t room_;
};

class telling_sink final : public body_sink {
public:
  bool write(byte_view) override {
    if (!std::exchange(told_, true))
      first_bytes.set_value();
    return true;
  }
  std::promise<void> first_bytes;

private:
  bool told_ = false;
};

class engine_body : public testing::Test {
protected:
  reply get(const std::string& path, std::shared_ptr<body_sink> into, std::uint64_t from = 0) {
    auto what = fleet.to(server, path);
    what.sink = std::move(into);
    what.resume_from = from;
    what.max_reply_bytes = size;
    return fetch(through, std::move(what));
  }

  test_fleet fleet;
  test_server server{fleet.over_tls()};
  engine through{{}};
  std::string image = test_server::image(size);
};

// -- sinks ----------------------------------------------------------------------------

TEST_F(engine_body, goes_to_the_sink_and_nowhere_else) {
  const auto sink = std::make_shared<digest_sink>();
  const auto got = get("/image/300000", sink);
  EXPECT_EQ(got.status, 200) << got.detail;
  EXPECT_TRUE(got.body.empty());
  EXPECT_EQ(got.body_bytes, size);
  EXPECT_EQ(sink->bytes(), size);
  EXPECT_EQ(sink->sha256(), pki::sha256_hex(as_bytes(image)));
  EXPECT_EQ(sink->sha512(), pki::sha512_hex(as_bytes(image)));
}

TEST_F(engine_body, goes_to_the_sink_whatever_the_status) {
  const auto sink = std::make_shared<text_sink>();
  EXPECT_EQ(get("/status/404", sink).status, 404);
  EXPECT_EQ(sink->taken, "status");
}

TEST_F(engine_body, of_the_last_answer_only_goes_to_the_sink) {
  const auto sink = std::make_shared<text_sink>();
  auto options = fleet.over_tls();
  options.respond = [](const test_request& seen) {
    return seen.request_line.starts_with("GET /moved ")
               ? "HTTP/1.1 302 Found\r\nLocation: /final\r\nContent-Length: 8\r\n\r\nnot this"
               : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nthis";
  };
  const test_server moving{options};
  auto what = fleet.to(moving, "/moved");
  what.sink = sink;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.status, 200) << got.detail;
  EXPECT_EQ(sink->taken, "this");
  EXPECT_EQ(got.body_bytes, 4U);
}

TEST_F(engine_body, stops_when_the_sink_takes_no_more) {
  const auto sink = std::make_shared<full_sink>(100'000);
  const auto got = get("/image/300000", sink);
  EXPECT_EQ(got.why, failure::sink);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.detail, "what the body was to go to took no more");
  EXPECT_EQ(got.body_bytes, 100'000 - sink->room());
  EXPECT_GT(got.body_bytes, 0U);
}

TEST_F(engine_body, beyond_the_limit_does_not_reach_the_sink) {
  const auto sink = std::make_shared<digest_sink>();
  auto what = fleet.to(server, "/endless");
  what.sink = sink;
  what.max_reply_bytes = 100'000;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::too_large) << got.detail;
  EXPECT_LE(sink->bytes(), 100'000U);
  EXPECT_EQ(got.body_bytes, sink->bytes());
}

TEST_F(engine_body, is_the_callers_alone_when_the_reply_is_there) {
  auto sink = std::make_shared<digest_sink>();
  auto what = fleet.to(server, "/x");
  what.sink = sink;
  std::promise<long> holders;
  through.start(std::move(what), [&](const reply&) { holders.set_value(sink.use_count()); });
  EXPECT_EQ(holders.get_future().get(), 1);
}

TEST_F(engine_body, of_a_cancelled_request_has_told_its_bytes_too) {
  const auto sink = std::make_shared<telling_sink>();
  auto what = fleet.to(server, "/announce/1000", 3);
  what.sink = sink;
  auto open = send(through, std::move(what));
  sink->first_bytes.get_future().wait(); // all ten of them: they come in one piece
  through.cancel(device_index{3});
  const auto got = open.get();
  EXPECT_EQ(got.why, failure::cancelled);
  EXPECT_EQ(got.body_bytes, 10U);
}

// -- resuming -------------------------------------------------------------------------

TEST_F(engine_body, that_ends_early_is_resumed_where_it_ended) {
  const auto sink = std::make_shared<digest_sink>();
  const auto broken = get("/cut-image/300000", sink);
  EXPECT_EQ(broken.why, failure::connection_lost) << broken.detail;
  EXPECT_EQ(broken.body_bytes, 150'000U);
  ASSERT_EQ(sink->bytes(), 150'000U);
  const auto rest = get("/cut-image/300000", sink, sink->bytes());
  EXPECT_EQ(rest.why, failure::none) << rest.detail;
  EXPECT_EQ(rest.status, 206);
  EXPECT_EQ(rest.body_bytes, 150'000U);
  EXPECT_EQ(sink->sha256(), pki::sha256_hex(as_bytes(image)));
  const auto seen = server.requests().at(1).headers;
  EXPECT_EQ(std::ranges::count(seen, "Range: bytes=150000-"), 1);
  EXPECT_EQ(seen.size(), 3U); // and Host and Accept
}

TEST_F(engine_body, counts_only_the_rest_against_the_limit) {
  auto what = fleet.to(server, "/image/300000");
  what.resume_from = 299'999;
  what.max_reply_bytes = 1;
  EXPECT_EQ(fetch(through, what).body, image.substr(299'999));
  what.resume_from = 299'998;
  EXPECT_EQ(fetch(through, what).why, failure::too_large);
}

TEST_F(engine_body, from_the_start_is_not_taken_for_the_rest) {
  const auto sink = std::make_shared<digest_sink>();
  const auto got = get("/body/300000", sink, 1000);
  EXPECT_EQ(got.why, failure::range) << got.detail;
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body_bytes, 0U);
  EXPECT_EQ(sink->bytes(), 0U);
}

TEST_F(engine_body, of_another_range_is_not_taken_for_the_rest) {
  const auto sink = std::make_shared<digest_sink>();
  for (const auto* path : {"/shifted/300000", "/unsaid/300000"}) {
    const auto got = get(path, sink, 1000);
    EXPECT_EQ(got.why, failure::range) << path << ": " << got.detail;
    EXPECT_EQ(got.status, 206);
  }
  EXPECT_EQ(sink->bytes(), 0U);
}

TEST_F(engine_body, of_an_error_is_not_taken_for_the_rest) {
  const auto sink = std::make_shared<digest_sink>();
  for (const int status : {404, 503}) {
    const auto got = get("/status/" + std::to_string(status), sink, 1000);
    EXPECT_EQ(got.why, failure::range) << got.detail;
    EXPECT_EQ(got.status, status);
  }
  EXPECT_EQ(sink->bytes(), 0U);
}

TEST_F(engine_body, behind_the_end_is_a_416_without_a_body) {
  const auto sink = std::make_shared<digest_sink>();
  const auto got = get("/image/300000", sink, size);
  EXPECT_EQ(got.why, failure::none) << got.detail;
  EXPECT_EQ(got.status, 416);
  EXPECT_EQ(got.body_bytes, 0U);
  EXPECT_EQ(sink->bytes(), 0U);
}

TEST_F(engine_body, that_is_complete_already_is_not_read_again) {
  const auto sink = std::make_shared<digest_sink>();
  const auto got = get("/body/1000", sink, 1000); // a server that knows no ranges
  EXPECT_EQ(got.why, failure::none) << got.detail;
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(sink->bytes(), 0U);
}

TEST_F(engine_body, of_a_put_cannot_be_resumed) {
  auto what = fleet.to(server, "/x");
  what.verb = method::put;
  what.body = "hello";
  what.resume_from = 2;
  const auto got = fetch(through, std::move(what));
  EXPECT_EQ(got.why, failure::other);
  EXPECT_EQ(got.detail, "only a GET can be resumed");
  EXPECT_EQ(server.connections(), 0);
}

} // namespace
} // namespace otafleet::net
