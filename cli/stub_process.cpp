#include "cli/stub_process.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "cli/descriptor.hpp"
#include "cli/signals.hpp"

namespace otafleet::cli {

namespace {

struct pipe_ends {
  descriptor read;
  descriptor write;
};

[[nodiscard]] tl::expected<pipe_ends, std::string> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return tl::unexpected(std::string{"cannot make a pipe for the backend: "} + std::generic_category().message(errno));
  return pipe_ends{descriptor{ends[0]}, descriptor{ends[1]}};
}

/// Runs in the child between fork and exec: async-signal-safe calls only.
[[noreturn]] void become_stub(pid_t parent, int config_fd, int ready_fd) noexcept {
  unblock_signals_in_child();
  // Ctrl-C reaches the whole process group; the parent decides when its backend stops.
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    _exit(1);
  dup2(config_fd, STDIN_FILENO);
  dup2(ready_fd, STDOUT_FILENO);
  execl("/proc/self/exe", "otafleet", "stub", "--child", static_cast<char*>(nullptr));
  _exit(127);
}

/// Up to the first newline or the end, at most 16 MiB.
[[nodiscard]] std::string read_line(int fd) {
  constexpr std::size_t most = 16 * 1024 * 1024;
  std::string line;
  char buffer[4096];
  while (line.size() < most) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    line.append(buffer, static_cast<std::size_t>(got));
    if (line.back() == '\n')
      break;
  }
  return line;
}

} // namespace

struct stub_process::state {
  pid_t pid = -1;
  actors::backend_access access;
  std::thread waiter;
  mutable std::mutex mutex;
  bool told_to_stop = false;
  bool died = false;
  std::function<void()> on_death;
};

tl::expected<std::unique_ptr<stub_process>, std::string> stub_process::start(const std::string& scenario_yaml) {
  auto config = make_pipe();
  auto ready = make_pipe();
  if (!config || !ready)
    return tl::unexpected(!config ? config.error() : ready.error());
  const auto parent = getpid();
  const auto pid = fork();
  if (pid < 0)
    return tl::unexpected(std::string{"cannot start the backend: "} + std::generic_category().message(errno));
  if (pid == 0)
    become_stub(parent, config->read.get(), ready->write.get());

  auto inner = std::make_unique<state>();
  inner->pid = pid;
  std::unique_ptr<stub_process> child{new stub_process{std::move(inner)}};
  config->read.close();
  ready->write.close();
  // A child that dies while it reads must not take us with it.
  signal(SIGPIPE, SIG_IGN);
  const bool told = write_all(config->write.get(), scenario_yaml);
  config->write.close();
  const auto line = told ? read_line(ready->read.get()) : std::string{};
  if (line.empty())
    return tl::unexpected(std::string{"the embedded backend did not start; its own message is above"});
  auto access = read_ready_line(line);
  if (!access)
    return tl::unexpected(access.error());
  child->state_->access = std::move(*access);
  return child;
}

stub_process::stub_process(std::unique_ptr<state> inner) : state_(std::move(inner)) {
  state_->waiter = std::thread([s = state_.get()] {
    siginfo_t info{};
    // Leaves the zombie for the destructor, so that the pid is not given to somebody else meanwhile.
    while (waitid(P_PID, static_cast<id_t>(s->pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    std::function<void()> handler;
    {
      const std::lock_guard lock{s->mutex};
      if (s->told_to_stop)
        return;
      s->died = true;
      handler = s->on_death;
    }
    if (handler)
      handler();
  });
}

stub_process::~stub_process() {
  {
    const std::lock_guard lock{state_->mutex};
    state_->told_to_stop = true;
  }
  kill(state_->pid, SIGTERM);
  state_->waiter.join();
  while (waitpid(state_->pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

const actors::backend_access& stub_process::access() const noexcept {
  return state_->access;
}

void stub_process::on_death(std::function<void()> handler) {
  bool already = false;
  {
    const std::lock_guard lock{state_->mutex};
    state_->on_death = handler;
    already = state_->died;
  }
  if (already && handler)
    handler();
}

bool stub_process::has_died() const {
  const std::lock_guard lock{state_->mutex};
  return state_->died;
}

} // namespace otafleet::cli
