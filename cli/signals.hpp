// Ctrl-C and kill, turned into calls.
#pragma once

#include <functional>
#include <thread>

namespace otafleet::cli {

/// While it lives, SIGINT and SIGTERM call `on_signal` on a thread of its own; a second one ends the process at once
/// with code 130. Make it before any other thread, so that no other one takes the signals.
class signal_watch {
public:
  explicit signal_watch(std::function<void()> on_signal);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

private:
  std::jthread waiter_;
};

/// Undoes in a forked child what `signal_watch` set in its parent.
void unblock_signals_in_child() noexcept;

} // namespace otafleet::cli
