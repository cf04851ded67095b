#include "net/engine.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "net/io_loop.hpp"
#include "net/transfer.hpp"

namespace otafleet::net {
namespace {

void prepare_curl_once() {
  static std::once_flag done;
  std::call_once(done, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

} // namespace

struct engine::state {
  shared_counters counters;
  std::uint64_t max_admitted;
  std::vector<std::unique_ptr<io_loop>> loops;

  io_loop& loop_of(device_index device) { return *loops[static_cast<std::uint32_t>(device) % loops.size()]; }
};

engine::engine(engine_options options) : state_(std::make_unique<state>()) {
  prepare_curl_once();
  const auto slots = std::max<std::size_t>(options.max_in_flight, 1);
  const auto threads = std::clamp<std::size_t>(options.threads, 1, slots);
  state_->max_admitted = slots + options.max_queued;
  for (std::size_t i = 0; i < threads; ++i)
    state_->loops.push_back(
        std::make_unique<io_loop>(slots / threads + (i < slots % threads ? 1 : 0), threads, state_->counters));
}

engine::~engine() = default;

void engine::start(request what, reply_handler done) {
  auto& home = state_->loop_of(what.device);
  auto one = std::make_unique<transfer>(std::move(what), std::move(done));
  if (state_->counters.admitted.fetch_add(1) < state_->max_admitted) {
    home.start(std::move(one));
    return;
  }
  --state_->counters.admitted;
  ++state_->counters.shed;
  home.refuse(std::move(one), failure::shed, "too many requests are waiting");
}

void engine::cancel(device_index device) {
  state_->loop_of(device).cancel(device);
}

engine_counters engine::counters() const {
  const auto& now = state_->counters;
  engine_counters result;
  result.requests = now.requests;
  result.connections_opened = now.connections_opened;
  result.identity_mismatches = now.identity_mismatches;
  result.shed = now.shed;
  result.in_flight = now.in_flight;
  const auto admitted = now.admitted.load();
  result.queued = admitted > result.in_flight ? admitted - result.in_flight : 0;
  return result;
}

} // namespace otafleet::net
