#include "device/report_queue.hpp"

#include <algorithm>
#include <limits>

#include "uptane/canonical.hpp"

namespace otafleet::device {

namespace {

/// aktualizr has no limit; a device that is cut off for days must not eat the memory of its 100,000 neighbours.
constexpr std::size_t max_events = 256;
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::chrono::milliseconds flush_interval{10'000};

} // namespace

report_queue::report_queue(script& io, const std::string& gateway_url, const device_seed& seed,
                           std::vector<std::string>& events) noexcept
    : io_(io), gateway_url_(gateway_url), ids_(seed, purpose::event_id), events_(events), batch_limit_(unlimited) {}

void report_queue::power_off() noexcept {
  poster_.reset();
  work_.forget();
  posted_.forget();
  running_ = posting_ = keep_for_later_ = in_haste_ = false;
  batch_limit_ = unlimited;
}

void report_queue::power_on(credential_use as) {
  as_ = as;
  if (!events_.empty())
    begin_posting();
}

task<> report_queue::add(std::string_view type, std::string_view ecu_serial, std::string_view correlation_id,
                         std::string_view success) {
  std::string text = R"({"deviceTime":")" + io_.now().text() + R"(","event":{)";
  if (!correlation_id.empty()) {
    text += R"("correlationId":)";
    uptane::append_json_string(text, correlation_id);
    text += ',';
  }
  text += R"("ecu":)";
  uptane::append_json_string(text, ecu_serial);
  if (!success.empty())
    text.append(R"(,"success":)").append(success);
  text.append(R"(},"eventType":{"id":")").append(type).append(R"(","version":0},"id":")");
  text.append(ids_.uuid()).append(R"("})");

  if (posting_)
    co_await posted_;
  if (events_.size() == max_events)
    events_.erase(events_.begin());
  events_.push_back(std::move(text));
  if (running_)
    work_.open();
  else
    begin_posting();
}

task<> report_queue::flush() {
  if (posting_)
    co_await posted_;
  if (events_.empty())
    co_return;
  in_haste_ = true;
  work_.open();
  co_await posted_;
}

void report_queue::begin_posting() {
  running_ = true;
  poster_.emplace(post_until_empty());
  poster_->start();
}

void report_queue::tidy() noexcept {
  if (!running_)
    poster_.reset();
}

task<> report_queue::post_until_empty() {
  while (!events_.empty()) {
    if (keep_for_later_ && !in_haste_)
      co_await io_.pause_until(flush_interval, work_);
    in_haste_ = false;

    const auto count = std::min(events_.size(), batch_limit_);
    send_request post;
    post.to = endpoint::events;
    post.method = http_method::post;
    post.as = as_;
    post.url = gateway_url_ + "/events";
    post.content_type = "application/json";
    post.body = "[";
    for (std::size_t i = 0; i != count; ++i)
      post.body.append(i == 0 ? "" : ",").append(events_[i]);
    post.body += ']';

    posting_ = true;
    auto sending = io_.send(std::move(post));
    const auto answer = co_await sending;
    posting_ = false;
    settle(answer, count);
    posted_.open();
  }
  running_ = false;
}

void report_queue::settle(const http_reply& answer, std::size_t sent) {
  const auto drop = [this](std::size_t count) {
    events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(count));
    keep_for_later_ = false;
    if (events_.empty())
      events_.shrink_to_fit();
  };
  const bool answered = answer.transport_failure.empty();
  if (answered && answer.status >= 200 && answer.status < 400) {
    drop(sent);
    batch_limit_ = unlimited;
  } else if (answered && answer.status == 404) {
    drop(sent); // the server has no such feature
  } else if (answered && answer.status == 413 && sent > 1) {
    batch_limit_ = sent / 2;
    keep_for_later_ = false;
  } else if (answered && answer.status == 413) {
    drop(1);
  } else {
    keep_for_later_ = true;
  }
}

} // namespace otafleet::device
