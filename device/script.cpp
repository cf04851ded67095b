#include "device/script.hpp"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace otafleet::device {

namespace {

[[nodiscard]] bool is_worth_retrying(const http_reply& reply) {
  return !reply.transport_failure.empty() || reply.status >= 500;
}

} // namespace

task<http_reply> script::send(send_request what) {
  for (int attempt = 1;; ++attempt) {
    auto copy = what;
    auto reply = co_await ask(std::move(copy));
    if (attempt == profile_.http_tries || !is_worth_retrying(reply))
      co_return reply;
    co_await pause(profile_.http_retry_pause);
    what.is_retry = reply.status >= 500;
  }
}

void script::deliver(event what, uptane::utc_time now) {
  now_ = now;
  const auto kind = what.index();
  std::visit(
      [this, kind]<class Answer>(Answer& answer) {
        if constexpr (!std::is_same_v<Answer, started>) {
          const auto found = std::find_if(open_.begin(), open_.end(),
                                          [&](const waiter& w) { return w.id == answer.id && w.kind == kind; });
          if (found == open_.end())
            return;
          const auto frame = found->frame;
          static_cast<std::optional<Answer>*>(found->slot)->emplace(std::move(answer));
          // Before resuming: the coroutine will add waiters of its own.
          *found = open_.back();
          open_.pop_back();
          frame.resume();
        }
      },
      what);
}

void script::forget(ticket id) {
  std::erase_if(open_, [id](const waiter& w) { return w.id == id; });
}

} // namespace otafleet::device
