#include "cli/status_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/environment.hpp"

namespace otafleet::cli {

namespace {

constexpr std::chrono::seconds plain_line_interval{5};

[[nodiscard]] int width_of(int fd) noexcept {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 100;
  return size.ws_col;
}

} // namespace

int terminal_width() noexcept {
  return width_of(STDOUT_FILENO);
}

status_line::status_line(std::FILE* out)
    : out_(out), rewrites_(isatty(fileno(out)) != 0 && !is_in_environment("CI")),
      start_(std::chrono::steady_clock::now()), next_plain_line_(start_ + plain_line_interval) {}

void status_line::say(const std::string& sentence) {
  const std::lock_guard lock{mutex_};
  const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  erase_line();
  std::fprintf(out_, "%7.1fs  %s\n", elapsed, sentence.c_str());
  if (rewrites_)
    std::fputs(shown_.c_str(), out_);
  std::fflush(out_);
}

void status_line::show(const telemetry::progress_reading& reading) {
  const std::lock_guard lock{mutex_};
  const auto line = telemetry::progress_line(reading, width_of(fileno(out_)));
  if (rewrites_) {
    erase_line();
    shown_ = line;
    std::fputs(line.c_str(), out_);
  } else {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_plain_line_)
      return;
    next_plain_line_ = now + plain_line_interval;
    std::fprintf(out_, "%s\n", line.c_str());
  }
  std::fflush(out_);
}

void status_line::finish() {
  const std::lock_guard lock{mutex_};
  if (rewrites_ && !shown_.empty())
    std::fputc('\n', out_);
  shown_.clear();
  std::fflush(out_);
}

void status_line::erase_line() {
  if (rewrites_ && !shown_.empty())
    std::fputs("\r\033[K", out_);
}

} // namespace otafleet::cli
