#include "net/poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

#include "net/shard.hpp"

namespace otafleet::net {
namespace {

constexpr std::size_t batch = 256;

int checked(int result, const char* what) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return result;
}

} // namespace

poller::poller()
    : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "epoll_ctl");
}

void poller::watch(int socket, std::uint32_t events, shard* owner, bool is_new) {
  const auto index = static_cast<std::size_t>(socket);
  if (index >= owners_.size())
    owners_.resize(index + 1, nullptr);
  owners_[index] = owner;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

void poller::unwatch(int socket) {
  owners_[static_cast<std::size_t>(socket)] = nullptr;
  epoll_event unused{};
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, &unused);
}

shard* poller::owner_of(int socket) const noexcept {
  const auto index = static_cast<std::size_t>(socket);
  return index < owners_.size() ? owners_[index] : nullptr;
}

void poller::set_timer(shard* owner, std::optional<clock::time_point> due) {
  if (owner->due_ == due)
    return;
  if (owner->due_)
    timers_.erase({*owner->due_, owner});
  owner->due_ = due;
  if (due)
    timers_.emplace(*due, owner);
}

shard* poller::take_due(clock::time_point now) {
  if (timers_.empty() || timers_.begin()->first > now)
    return nullptr;
  auto* const owner = timers_.begin()->second;
  set_timer(owner, std::nullopt);
  return owner;
}

void poller::wake() const noexcept {
  const std::uint64_t one = 1;
  // A full counter means that the thread has been woken already.
  [[maybe_unused]] const auto size = write(wake_.get(), &one, sizeof one);
}

void poller::wait(std::optional<clock::time_point> at_most, const std::function<void(shard&)>& after) {
  auto until = at_most;
  if (!timers_.empty() && (!until || timers_.begin()->first < *until))
    until = timers_.begin()->first;
  int milliseconds = -1;
  if (until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - clock::now()).count();
    milliseconds = static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
  }
  std::array<epoll_event, batch> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < count; ++i) {
    const int socket = events[static_cast<std::size_t>(i)].data.fd;
    if (socket == wake_.get()) {
      std::uint64_t times = 0;
      [[maybe_unused]] const auto size = read(wake_.get(), &times, sizeof times);
    } else if (auto* const owner = owner_of(socket); owner != nullptr) {
      owner->on_socket(socket, events[static_cast<std::size_t>(i)].events);
      after(*owner);
    }
  }
}

} // namespace otafleet::net
