#include "cli/signals.hpp"

#include <csignal>
#include <utility>

#include <signal.h>
#include <unistd.h>

#include "cli/exit_codes.hpp"

namespace otafleet::cli {

namespace {

/// Wakes the waiter when nobody sent a signal but the watch ends.
constexpr int wake_signal = SIGUSR1;

[[nodiscard]] sigset_t watched() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, wake_signal);
  return set;
}

} // namespace

signal_watch::signal_watch(std::function<void()> on_signal) {
  const auto set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  waiter_ = std::jthread([set, handler = std::move(on_signal)](const std::stop_token& ended) {
    for (int seen = 0;;) {
      int signal = 0;
      sigwait(&set, &signal);
      if (ended.stop_requested())
        return;
      if (signal == wake_signal)
        continue;
      if (++seen > 1)
        _exit(exit_interrupted);
      handler();
    }
  });
}

signal_watch::~signal_watch() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), wake_signal);
}

void unblock_signals_in_child() noexcept {
  const auto set = watched();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

} // namespace otafleet::cli
