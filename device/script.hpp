// Where a device's coroutines meet the outside: they ask and wait here, and answers arrive here.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "device/events.hpp"
#include "device/profile.hpp"
#include "device/task.hpp"
#include "uptane/terms.hpp"

namespace otafleet::device {

namespace detail {

template <class Answer, class... Alternatives>
constexpr std::size_t index_in(const std::variant<Alternatives...>*) {
  constexpr std::array is_answer{std::is_same_v<Answer, Alternatives>...};
  return static_cast<std::size_t>(std::find(is_answer.begin(), is_answer.end(), true) - is_answer.begin());
}

/// Which alternative of `event` an answer is.
template <class Answer>
inline constexpr std::size_t event_index = index_in<Answer>(static_cast<const event*>(nullptr));

} // namespace detail

/// One coroutine waits here until another one opens it.
class gate {
public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  void await_resume() const noexcept {}

  /// Does nothing when nobody waits.
  void open() {
    if (const auto waiting = std::exchange(waiting_, {}))
      waiting.resume();
  }

  /// Whoever waits does so no longer.
  void forget() noexcept { waiting_ = {}; }

private:
  std::coroutine_handle<> waiting_;
};

/// Collects effects and resumes the coroutine that waits for an answer. One thread at a time.
class script {
public:
  /// `profile` must outlive the script.
  explicit script(const client_profile& profile) noexcept : profile_(profile) {}
  // -- for coroutines ---------------------------------------------------------

  template <class Answer>
  class answer_to {
  public:
    answer_to(script& owner, ticket id) noexcept : owner_(owner), id_(id) {}
    answer_to(const answer_to&) = delete;
    answer_to& operator=(const answer_to&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      owner_.open_.push_back({id_, detail::event_index<Answer>, &answer_, waiting});
    }
    Answer await_resume() { return std::move(*answer_); }

  private:
    script& owner_;
    ticket id_;
    std::optional<Answer> answer_;
  };

  [[nodiscard]] answer_to<http_reply> ask(send_request what) { return {*this, emit_ticketed(std::move(what))}; }
  [[nodiscard]] answer_to<download_inspected> ask(inspect_download what) {
    return {*this, emit_ticketed(std::move(what))};
  }
  [[nodiscard]] answer_to<key_made> ask(make_key what) { return {*this, emit_ticketed(what)}; }
  [[nodiscard]] answer_to<signature_made> ask(sign what) { return {*this, emit_ticketed(std::move(what))}; }
  [[nodiscard]] answer_to<woken> pause(std::chrono::milliseconds duration) {
    return {*this, emit_ticketed(wait{{}, duration})};
  }

  /// Waits for `duration` or until `other` is opened, whichever comes first.
  class pause_or_gate {
  public:
    pause_or_gate(script& owner, ticket id, gate& other) noexcept : owner_(owner), id_(id), other_(other) {}
    pause_or_gate(const pause_or_gate&) = delete;
    pause_or_gate& operator=(const pause_or_gate&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      owner_.open_.push_back({id_, detail::event_index<woken>, &timer_, waiting});
      other_.await_suspend(waiting);
    }
    void await_resume() {
      if (timer_)
        other_.forget();
      else
        owner_.forget(id_);
    }

  private:
    script& owner_;
    ticket id_;
    gate& other_;
    std::optional<woken> timer_;
  };
  [[nodiscard]] pause_or_gate pause_until(std::chrono::milliseconds duration, gate& other) {
    return {*this, emit_ticketed(wait{{}, duration}), other};
  }

  void emit(effect what) { effects_.push_back(std::move(what)); }

  /// The HTTP layer's own retries (protocol.md section 0.4): more tries after a transport failure or a status of 500
  /// and more, as often and as far apart as the profile says.
  task<http_reply> send(send_request what);

  /// The time of the event being handled.
  [[nodiscard]] uptane::utc_time now() const noexcept { return now_; }

  // -- for the machine --------------------------------------------------------

  /// Resumes whoever waits for `what`; an answer nobody waits for is dropped.
  void deliver(event what, uptane::utc_time now);
  void set_time(uptane::utc_time now) noexcept { now_ = now; }
  /// Nobody waits any longer; answers that are still on their way will be dropped.
  void power_off() noexcept { open_.clear(); }

  [[nodiscard]] effects take_effects() { return std::exchange(effects_, {}); }

private:
  struct waiter {
    ticket id;
    /// Which alternative of `event` it waits for.
    std::size_t kind;
    /// Points to an std::optional of that alternative.
    void* slot;
    std::coroutine_handle<> frame;
  };

  void forget(ticket id);

  template <class Effect>
  ticket emit_ticketed(Effect what) {
    what.id = ticket{++last_ticket_};
    const auto id = what.id;
    effects_.push_back(std::move(what));
    return id;
  }

  const client_profile& profile_;
  effects effects_;
  std::vector<waiter> open_;
  std::uint32_t last_ticket_ = 0;
  uptane::utc_time now_ = uptane::utc_time::from_unix_seconds(0);
};

} // namespace otafleet::device
