// What a person sees while a run goes on: one line that is rewritten on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "telemetry/progress.hpp"

namespace otafleet::cli {

/// Columns of the terminal on standard output; 100 when there is none.
[[nodiscard]] int terminal_width() noexcept;

/// Thread safe.
class status_line {
public:
  /// `out` must outlive it. Rewrites in place only when `out` is a terminal and CI is not set.
  explicit status_line(std::FILE* out);

  /// Prints a sentence of its own, with the time since the start.
  void say(const std::string& sentence);
  /// Shows how far the run is; elsewhere than on a terminal only every five seconds.
  void show(const telemetry::progress_reading& reading);
  /// Leaves the last state on a line of its own.
  void finish();

private:
  void erase_line();

  std::FILE* out_;
  bool rewrites_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_plain_line_;
  std::mutex mutex_;
  std::string shown_;
};

} // namespace otafleet::cli
