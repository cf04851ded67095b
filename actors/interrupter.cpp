#include "actors/interrupter.hpp"

#include <mutex>
#include <utility>

namespace otafleet::actors {

struct interrupter::state {
  std::mutex mutex;
  bool interrupted = false;
  std::function<void()> handler;
};

interrupter::interrupter() : state_(std::make_unique<state>()) {}
interrupter::~interrupter() = default;

void interrupter::interrupt() {
  const std::lock_guard lock{state_->mutex};
  state_->interrupted = true;
  if (state_->handler)
    state_->handler();
}

void interrupter::on_interrupt(std::function<void()> handler) {
  const std::lock_guard lock{state_->mutex};
  state_->handler = std::move(handler);
  if (state_->interrupted && state_->handler)
    state_->handler();
}

} // namespace otafleet::actors
