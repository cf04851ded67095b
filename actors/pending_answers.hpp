// What an actor does with each answer that it waits for.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "net/transport.hpp"

namespace otafleet::actors {

/// Belongs to one actor: requests go out under a number, which comes back with the answer. Not thread safe.
class pending_answers {
public:
  using handler = std::function<void(net::reply&)>;

  /// The number of a request whose answer `then` takes.
  [[nodiscard]] std::size_t expect(handler then) {
    open_.emplace(++last_, std::move(then));
    return last_;
  }

  /// The handler of that number, which is then no longer open; empty when it is not.
  [[nodiscard]] handler take(std::size_t number) {
    const auto found = open_.find(number);
    if (found == open_.end())
      return {};
    auto then = std::move(found->second);
    open_.erase(found);
    return then;
  }

  [[nodiscard]] bool empty() const noexcept { return open_.empty(); }
  void forget() noexcept { open_.clear(); }

private:
  std::map<std::size_t, handler> open_;
  std::size_t last_ = 0;
};

} // namespace otafleet::actors
