// A coroutine that another one awaits: the device's protocol reads from top to bottom, as the real client's does.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace otafleet::device {

template <class T>
class task;

namespace detail {

/// Resumes whoever awaited the task that just ended.
struct resume_awaiting {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    if (ended.promise().awaiting)
      return ended.promise().awaiting;
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct promise_base {
  std::coroutine_handle<> awaiting;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  resume_awaiting final_suspend() const noexcept { return {}; }
  // Nothing in this room throws but a failed allocation, and that ends the process anyway.
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct promise : promise_base {
  std::optional<T> result;

  task<T> get_return_object() noexcept;
  void return_value(T value) { result.emplace(std::move(value)); }
  T take() { return std::move(*result); }
};

template <>
struct promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

} // namespace detail

/// Starts when awaited (or by `start`), and owns its frame: destroying it ends whatever it was waiting for.
template <class T = void>
class [[nodiscard]] task {
public:
  using promise_type = detail::promise<T>;

  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_)
      frame_.destroy();
  }

  /// Runs up to the first wait, for a task that nobody awaits.
  void start() { frame_.resume(); }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    frame_.promise().awaiting = awaiting;
    return frame_;
  }
  T await_resume() { return frame_.promise().take(); }

private:
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
task<T> detail::promise<T>::get_return_object() noexcept {
  return task<T>{std::coroutine_handle<promise<T>>::from_promise(*this)};
}

inline task<void> detail::promise<void>::get_return_object() noexcept {
  return task<void>{std::coroutine_handle<promise<void>>::from_promise(*this)};
}

} // namespace otafleet::device
