#include "net/io_loop.hpp"

#include <algorithm>
#include <pthread.h>
#include <utility>

#include <curl/curl.h>
#include <signal.h>

namespace otafleet::net {
namespace {

/// How long the connection that brought a status >= 500 waits for the retry, which comes after a second
/// (protocol.md section 0.4).
constexpr auto retry_grace = std::chrono::seconds{4};

/// Devices per multi handle with kept connections: 25 to 200 cost the same per request, fewer cost memory
/// (docs/performance.md).
constexpr std::uint32_t devices_per_shard = 100;

/// Parsed certificates beyond those that the requests in flight need: 2.4 MiB.
constexpr std::size_t spare_leaves = 512;

/// A write to a connection that the server has closed must be an error, not a signal: libcurl leaves that to us with
/// CURLOPT_NOSIGNAL. No other signal is this thread's business either.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

// -- any thread -----------------------------------------------------------------

io_loop::io_loop(std::size_t max_in_flight, std::size_t stride, shared_counters& counters)
    : max_in_flight_(max_in_flight), stride_(stride), counters_(counters), leaves_(max_in_flight + spare_leaves),
      fresh_(std::make_unique<shard>(connection_policy::fresh, poller_)), thread_([this] { run(); }) {}

io_loop::~io_loop() {
  post(stop{});
  thread_.join();
}

void io_loop::start(std::unique_ptr<transfer> what) {
  post(std::move(what));
}

void io_loop::cancel(device_index device) {
  post(cancellation{device});
}

void io_loop::refuse(std::unique_ptr<transfer> what, failure why, std::string detail) {
  auto with = what->refuse(why, std::move(detail));
  post(refusal{std::move(what), std::move(with)});
}

void io_loop::post(message what) {
  bool was_empty = false;
  {
    const std::lock_guard lock{mutex_};
    was_empty = inbox_.empty();
    inbox_.push_back(std::move(what));
  }
  if (was_empty)
    poller_.wake();
}

// -- the loop's thread ----------------------------------------------------------

void io_loop::run() {
  pthread_setname_np(pthread_self(), "otafleet-net");
  block_signals();
  while (!stopping_) {
    poller_.wait(fresh_->book().next_expiry(), [this](shard& which) { collect(which); });
    while (auto* const due = poller_.take_due(clock::now())) {
      due->on_timer();
      collect(*due);
    }
    fresh_->book().expire(clock::now());
    read_inbox();
    start_waiting();
  }
  stop_everything();
}

void io_loop::read_inbox() {
  std::vector<message> letters;
  {
    const std::lock_guard lock{mutex_};
    letters.swap(inbox_);
  }
  for (auto& letter : letters)
    handle(std::move(letter));
}

void io_loop::handle(message what) {
  if (auto* const begun = std::get_if<std::unique_ptr<transfer>>(&what)) {
    ++devices_[(*begun)->device()].waiting;
    waiting_.push_back(std::move(*begun));
  } else if (const auto* const ended = std::get_if<cancellation>(&what)) {
    cancel_now(ended->device);
  } else if (auto* const refused = std::get_if<refusal>(&what)) {
    refused->what->answer(std::move(refused->with));
  } else {
    stopping_ = true;
  }
}

shard& io_loop::shard_of(const transfer& what) {
  if (what.policy() == connection_policy::fresh)
    return *fresh_;
  const auto ours = static_cast<std::uint32_t>(static_cast<std::uint32_t>(what.device()) / stride_);
  auto& found = keep_alive_[ours / devices_per_shard];
  if (found == nullptr)
    found = std::make_unique<shard>(connection_policy::keep_alive, poller_);
  return *found;
}

void io_loop::start_waiting() {
  while (!waiting_.empty() && flying_.size() < max_in_flight_) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    auto& here = devices_[next->device()];
    --here.waiting;
    if (next->policy() == connection_policy::keep_alive && std::exchange(here.connection_busy, true))
      here.parked.push_back(std::move(next));
    else
      launch(std::move(next));
  }
}

void io_loop::launch(std::unique_ptr<transfer> what) {
  auto& where = shard_of(*what);
  auto* const raw = what.get();
  devices_[raw->device()].in_flight.push_back(raw);
  flying_.emplace(raw, std::move(what));
  ++counters_.requests;
  ++counters_.in_flight;
  if (!raw->prepare(where.book(), {leaves_, counters_.identity_mismatches}) || !where.add(raw->easy())) {
    auto last = raw->finish(CURLE_FAILED_INIT);
    const auto owner = std::move(flying_.extract(raw).mapped());
    release(*owner);
    owner->answer(std::move(last));
  }
}

void io_loop::collect(shard& from) {
  while (const auto done = from.next_finished())
    complete(from, done->easy, done->curl_code);
}

void io_loop::complete(shard& from, CURL* easy, int curl_code) {
  char* address = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &address);
  auto* const raw = reinterpret_cast<transfer*>(address);
  auto last = raw->finish(curl_code);
  if (const auto socket = raw->surviving_socket())
    from.book().retain({clock::now() + retry_grace, raw->who(), raw->what(), raw->scope(), *socket});
  if (last.opened_connection)
    ++counters_.connections_opened;
  from.remove(easy);
  const auto owner = std::move(flying_.extract(raw).mapped());
  release(*owner);
  owner->answer(std::move(last));
}

void io_loop::release(transfer& what) {
  --counters_.in_flight;
  --counters_.admitted;
  const auto device = what.device();
  auto& here = devices_[device];
  std::erase(here.in_flight, &what);
  if (what.policy() == connection_policy::keep_alive) {
    here.connection_busy = false;
    if (!here.parked.empty()) {
      waiting_.splice(waiting_.begin(), here.parked, here.parked.begin());
      ++here.waiting;
    }
  }
  forget_if_idle(device);
}

void io_loop::forget_if_idle(device_index device) {
  if (const auto found = devices_.find(device); found != devices_.end() && found->second.in_flight.empty() &&
                                                found->second.parked.empty() && found->second.waiting == 0)
    devices_.erase(found);
}

void io_loop::cancel_now(device_index device) {
  queue stopped;
  if (const auto found = devices_.find(device); found != devices_.end()) {
    for (auto* const raw : found->second.in_flight) {
      shard_of(*raw).remove(raw->easy());
      stopped.push_back(std::move(flying_.extract(raw).mapped()));
      --counters_.in_flight;
    }
    stopped.splice(stopped.end(), found->second.parked);
    if (found->second.waiting > 0)
      for (auto each = waiting_.begin(); each != waiting_.end();) {
        const auto next = std::next(each);
        if ((*each)->device() == device)
          stopped.splice(stopped.end(), waiting_, each);
        each = next;
      }
    devices_.erase(found);
  }
  fresh_->book().close(device);
  const auto number = static_cast<std::uint32_t>(static_cast<std::uint32_t>(device) / stride_) / devices_per_shard;
  if (const auto kept = keep_alive_.find(number); kept != keep_alive_.end())
    kept->second->book().close(device);
  for (auto& one : stopped) {
    --counters_.admitted;
    one->answer(one->refuse(failure::cancelled, "the device was cancelled"));
  }
}

void io_loop::stop_everything() {
  // What comes into the inbox from here on, from a handler that wants to try again, is dropped.
  read_inbox();
  while (!devices_.empty())
    cancel_now(devices_.begin()->first);
  keep_alive_.clear();
  fresh_.reset();
}

} // namespace otafleet::net
