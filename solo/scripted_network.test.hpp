// A network without sockets: a scripted backend answers, on a thread of its own as the real engine does.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "device/scripted_backend.fake.hpp"
#include "net/transport.hpp"
#include "solo/session.hpp"

namespace otafleet::solo {

/// Sees everything, and knows which request of the machine a request of the network belongs to.
class recording_observer : public observer {
public:
  void state_saved() override { ++saved; }
  void request_leaves(const device::send_request& what) override {
    requests.push_back(what);
    if (on_request)
      on_request(what);
  }
  void reply_arrived(const device::send_request&, const net::reply& reply) override { replies.push_back(reply); }
  void told(const device::note& what) override {
    notes.push_back(what);
    if (on_note)
      on_note(what);
  }
  void step_judged(uptane::repository, std::string_view, std::string_view step, const uptane::failure* why) override {
    steps.push_back((why == nullptr ? "ok " : "NO ") + std::string{step});
  }

  /// `METHOD path`, events aside: they run beside the rest.
  [[nodiscard]] std::vector<std::string> lines() const {
    static constexpr const char* verbs[]{"GET", "POST", "PUT"};
    std::vector<std::string> made;
    for (const auto& one : requests)
      if (one.to != device::endpoint::events)
        made.push_back(std::string{verbs[static_cast<int>(one.method)]} + " " +
                       one.url.substr(one.url.find('/', one.url.find("://") + 3)));
    return made;
  }
  [[nodiscard]] std::size_t count(device::milestone what) const {
    std::size_t found = 0;
    for (const auto& one : notes)
      found += one.what == what ? 1 : 0;
    return found;
  }
  /// The last body that went to `where`; empty when there was none.
  [[nodiscard]] std::string last_body(device::endpoint where) const {
    for (auto one = requests.rbegin(); one != requests.rend(); ++one)
      if (one->to == where)
        return one->body;
    return {};
  }

  std::size_t saved = 0;
  std::vector<device::send_request> requests;
  std::vector<net::reply> replies;
  std::vector<device::note> notes;
  std::vector<std::string> steps;
  std::function<void(const device::send_request&)> on_request;
  std::function<void(const device::note&)> on_note;
};

class scripted_network final : public net::transport {
public:
  scripted_network(device::scripted_backend& backend, const recording_observer& watch)
      : backend_(backend), watch_(watch), thread_([this] { answer_all(); }) {}
  scripted_network(const scripted_network&) = delete;
  scripted_network& operator=(const scripted_network&) = delete;
  ~scripted_network() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void start(net::request what, net::reply_handler done) override {
    identities.push_back(what.as);
    {
      const std::lock_guard lock{mutex_};
      waiting_.push_back({std::move(what), watch_.requests.back(), std::move(done)});
    }
    changed_.notify_all();
  }

  /// What is answered already may be under way.
  void cancel(net::device_index) override {
    std::deque<exchange> ended;
    {
      const std::lock_guard lock{mutex_};
      ended.swap(waiting_);
    }
    for (auto& one : ended) {
      net::reply reply;
      reply.why = net::failure::cancelled;
      one.done(std::move(reply));
    }
  }

  /// Leave requests unanswered until they are cancelled.
  void hold() {
    const std::lock_guard lock{mutex_};
    holding_ = true;
  }

  /// Whom each request went out as; of the session's thread.
  std::vector<std::shared_ptr<const net::identity>> identities;

private:
  struct exchange {
    net::request what;
    device::send_request asked;
    net::reply_handler done;
  };

  void answer_all() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || (!waiting_.empty() && !holding_); });
      if (stopping_)
        return;
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      answer(std::move(next));
      lock.lock();
    }
  }

  void answer(exchange what) {
    const auto said = backend_(what.asked);
    net::reply reply;
    reply.status = said.status;
    reply.body = said.body;
    reply.body_bytes = said.body.size();
    if (!said.transport_failure.empty())
      reply.why = net::failure::connection_lost;
    if (what.what.sink != nullptr) {
      reply.body.clear();
      if (said.body.size() > what.what.max_reply_bytes)
        reply.why = net::failure::too_large;
      if (!what.what.sink->write(
              as_bytes(said.body).first(std::min<std::size_t>(said.body.size(), what.what.max_reply_bytes))))
        reply.why = net::failure::sink;
    }
    what.done(std::move(reply));
  }

  device::scripted_backend& backend_;
  const recording_observer& watch_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<exchange> waiting_;
  bool stopping_ = false;
  bool holding_ = false;
  std::thread thread_;
};

} // namespace otafleet::solo
