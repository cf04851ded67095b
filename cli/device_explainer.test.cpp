#include "cli/device_explainer.hpp"

#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace otafleet::cli {
namespace {

/// A stream that ends up in a text.
class captured {
public:
  captured() : stream_(open_memstream(&text_, &length_)) {}
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;
  ~captured() {
    std::fclose(stream_);
    std::free(text_);
  }
  [[nodiscard]] std::FILE* stream() const { return stream_; }
  [[nodiscard]] std::string text() const {
    std::fflush(stream_);
    return {text_, length_};
  }

private:
  char* text_ = nullptr;
  std::size_t length_ = 0;
  std::FILE* stream_;
};

[[nodiscard]] device::send_request asked(std::string url) {
  device::send_request made;
  made.method = device::http_method::get;
  made.url = std::move(url);
  return made;
}

TEST(device_explainer, prints_a_request_with_its_phases_in_milliseconds) {
  captured out;
  device_explainer explainer{{.out = out.stream(), .requests_and_checks = true}};
  net::reply reply;
  reply.status = 404;
  reply.body_bytes = 51;
  reply.opened_connection = true;
  reply.timings.tls = std::chrono::microseconds{2'340};
  reply.timings.total = std::chrono::microseconds{12'060};
  explainer.reply_arrived(asked("https://gw.example:8443/director/2.root.json"), reply);
  EXPECT_EQ(out.text(),
            "GET  /director/2.root.json                  404       51 B  new   resolve    0.0  connect    0.0"
            "  tls    2.3  first byte    0.0  body    0.0  total   12.1 ms\n");
}

TEST(device_explainer, heads_the_checks_of_each_document_once) {
  captured out;
  device_explainer explainer{{.out = out.stream(), .requests_and_checks = true}};
  const uptane::failure expired{uptane::failure_code::expired_metadata, uptane::repository::director,
                                uptane::role::targets, "it expired yesterday"};
  explainer.document_begins(uptane::repository::director, uptane::role::targets);
  explainer.step_judged(uptane::repository::director, "targets", "signatures: 1 of 1 needed", nullptr);
  explainer.step_judged(uptane::repository::director, "targets", "expiry", &expired);
  EXPECT_EQ(out.text(), "  director targets\n"
                        "    ok  signatures: 1 of 1 needed\n"
                        "    NO  expiry: ExpiredMetadata::targets: it expired yesterday\n");
}

TEST(device_explainer, lets_no_control_sequence_of_a_server_through) {
  EXPECT_EQ(printable("a\033[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(printable("f\xC3\xBC"
                      "r"),
            "f\xC3\xBC"
            "r");
  EXPECT_EQ(printable(std::string(400, 'x')), std::string(300, 'x') + "...");
}

TEST(device_explainer, knows_that_nobody_was_there) {
  captured out;
  device_explainer explainer{{.out = out.stream()}};
  EXPECT_FALSE(explainer.found_nobody());
  net::reply lost;
  lost.why = net::failure::connect;
  explainer.reply_arrived(asked("http://127.0.0.1:1/"), lost);
  EXPECT_TRUE(explainer.found_nobody());
  net::reply found;
  found.status = 500;
  explainer.reply_arrived(asked("http://127.0.0.1:1/"), found);
  EXPECT_FALSE(explainer.found_nobody());
}

} // namespace
} // namespace otafleet::cli
