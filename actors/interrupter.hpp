// Ends a run from outside.
#pragma once

#include <functional>
#include <memory>

namespace otafleet::actors {

/// Ends a run from another thread, as Ctrl-C does: devices finish what is on the wire, results are kept.
class interrupter {
public:
  interrupter();
  ~interrupter();
  interrupter(const interrupter&) = delete;
  interrupter& operator=(const interrupter&) = delete;

  /// Thread safe; also before the run has started.
  void interrupt();
  /// Calls `handler` on interrupt, at once when that has already happened; at most one handler, an empty one removes
  /// it.
  void on_interrupt(std::function<void()> handler);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace otafleet::actors
