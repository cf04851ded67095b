#include "solo/session.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "device/machine.hpp"
#include "solo/device_memory.hpp"
#include "solo/downloads.hpp"
#include "solo/mailbox.hpp"
#include "solo/outcome.hpp"
#include "solo/request.hpp"
#include "solo/watching_probe.hpp"
#include "uptane/document_pool.hpp"

namespace otafleet::solo {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto ask_stop_every = std::chrono::milliseconds{100};
/// How long the transport may take to answer requests that were cancelled.
constexpr auto cancel_patience = std::chrono::seconds{5};
constexpr net::device_index only_device{0};

[[nodiscard]] uptane::utc_time utc_now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return uptane::utc_time::from_unix_seconds(std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count());
}

class session {
public:
  session(const session_options& options, device_memory memory, downloads images, uptane::document_pool& pool,
          watching_probe& probe, net::transport& network, observer& watch)
      : options_(options), network_(network), watch_(watch), memory_(std::move(memory)), images_(std::move(images)),
        machine_(options.settings, {options.seed + memory_.earlier_starts(), 0}, pool, probe,
                 memory_.take_remembered()) {}

  /// Whatever the end: no thread of the transport touches anything of this session afterwards.
  ~session() { hang_up(); }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  [[nodiscard]] tl::expected<session_end, std::string> run(const std::function<bool()>& stop);

private:
  [[nodiscard]] bool is_over(const std::function<bool()>& stop);
  void power_on(bool after_reboot);
  void read_replies();
  void ring_timers();
  void hang_up();

  void tell(device::event what);
  [[nodiscard]] bool remember(const device::effects& wanted);
  void trouble(std::string sentence);

  using due_events = std::deque<device::event>;
  void carry_out(device::send_request& what, due_events& due);
  void carry_out(device::make_key& what, due_events& due);
  void carry_out(device::sign& what, due_events& due);
  void carry_out(device::inspect_download& what, due_events& due);
  void carry_out(device::forget_download& what, due_events&) { images_.forget(what.name); }
  void carry_out(device::adopt_credential&, due_events&) {} // `remember` did
  void carry_out(device::wait& what, due_events&) { timers_.emplace(clock::now() + what.duration, what.id); }
  void carry_out(device::reboot& what, due_events&);
  void carry_out(device::finished& what, due_events&) { end_ = outcome_.end(what.ok); }
  void carry_out(device::note& what, due_events&);

  const session_options& options_;
  net::transport& network_;
  observer& watch_;
  device_memory memory_;
  downloads images_;
  device::machine machine_;

  outcome outcome_;
  std::optional<session_end> end_;
  /// Ends the session: nothing may be done that is not remembered.
  std::optional<std::string> trouble_;
  std::multimap<clock::time_point, device::ticket> timers_;
  /// When the reboot is over; none while the device is up.
  std::optional<clock::time_point> down_until_;
  std::map<device::ticket, device::send_request> open_;
  /// Why the last download could not be written.
  std::string disk_complaint_;
  // Shared with the replies' handlers, which may outlive everything.
  std::shared_ptr<mailbox> mailbox_ = std::make_shared<mailbox>();
};

// -- the loop -----------------------------------------------------------------------

tl::expected<session_end, std::string> session::run(const std::function<bool()>& stop) {
  power_on(memory_.has_rebooted(options_.after_reboot));
  while (!is_over(stop)) {
    if (down_until_ && *down_until_ <= clock::now()) {
      down_until_.reset();
      power_on(true);
    }
    read_replies();
    if (!is_over(stop))
      ring_timers();
  }
  if (trouble_)
    return tl::unexpected(*trouble_);
  if (end_)
    return *end_;
  if (options_.settings.mode == device::run_mode::daemon)
    return session_end{};
  return session_end{false, "interrupted", "stopped before the end"};
}

bool session::is_over(const std::function<bool()>& stop) {
  return trouble_.has_value() || end_.has_value() || stop();
}

void session::power_on(bool after_reboot) {
  if (auto ready = memory_.power_on(after_reboot); !ready)
    return trouble(std::move(ready.error()));
  tell(device::started{after_reboot});
}

void session::read_replies() {
  auto deadline = clock::now() + ask_stop_every;
  if (!timers_.empty())
    deadline = std::min(deadline, timers_.begin()->first);
  if (down_until_)
    deadline = std::min(deadline, *down_until_);
  for (auto& letter : mailbox_->take(deadline)) {
    const auto asked = open_.extract(letter.id);
    if (asked.empty())
      continue;
    auto& reply = letter.reply;
    if (reply.why == net::failure::sink)
      reply.detail = disk_complaint_ = images_.complaint(asked.mapped().download);
    watch_.reply_arrived(asked.mapped(), reply);
    device::http_reply answer;
    answer.id = letter.id;
    if (reply.why != net::failure::none)
      answer.transport_failure = net::to_string(reply.why);
    answer.status = reply.status;
    answer.body = std::move(reply.body);
    tell(std::move(answer));
  }
}

void session::ring_timers() {
  while (!timers_.empty() && timers_.begin()->first <= clock::now() && !end_ && !trouble_) {
    const auto id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    tell(device::woken{id});
  }
}

/// Ends all requests and waits until nothing writes to a download any more.
void session::hang_up() {
  network_.cancel(only_device);
  const auto deadline = clock::now() + cancel_patience;
  while (!open_.empty() && clock::now() < deadline)
    for (const auto& letter : mailbox_->take(deadline))
      if (const auto asked = open_.extract(letter.id); !asked.empty())
        watch_.reply_arrived(asked.mapped(), letter.reply);
  open_.clear();
}

// -- one step -----------------------------------------------------------------------

/// Feeds the machine one event and those that its effects bring about at once. Each time its state is on the disk
/// before anything of what it wants is done: whoever is killed in between asks again, but never forgets what he said.
void session::tell(device::event what) {
  due_events due;
  due.push_back(std::move(what));
  while (!due.empty() && !end_ && !trouble_) {
    auto wanted = machine_.on(std::move(due.front()), utc_now());
    due.pop_front();
    if (!remember(wanted))
      return;
    watch_.state_saved();
    for (auto& effect : wanted)
      std::visit([&](auto& one) { carry_out(one, due); }, effect);
  }
}

/// False when it could not; `trouble_` then says why.
bool session::remember(const device::effects& wanted) {
  for (const auto& effect : wanted)
    if (const auto* adopted = std::get_if<device::adopt_credential>(&effect))
      if (const auto usable = memory_.keys().adopt(adopted->credential); !usable)
        outcome_.hear({device::milestone::provisioning_failed, "no-authority", usable.error()});
  auto saved = memory_.save(machine_.remembered());
  if (!saved)
    trouble(std::move(saved.error()));
  return saved.has_value();
}

void session::trouble(std::string sentence) {
  if (!trouble_)
    trouble_ = std::move(sentence);
}

// -- effects ------------------------------------------------------------------------

void session::carry_out(device::send_request& what, due_events& due) {
  auto request = request_for(what, options_.settings);
  request.device = only_device;
  request.as = memory_.keys().identity(what.as);
  if (!what.download.empty()) {
    auto sink = images_.writer(what.download, what.resume_from, what.max_reply_bytes);
    if (!sink) {
      disk_complaint_ = std::move(sink.error());
      device::http_reply answer;
      answer.id = what.id;
      answer.transport_failure = net::to_string(net::failure::sink);
      due.emplace_back(std::move(answer));
      return;
    }
    request.sink = std::move(*sink);
  }
  const auto id = what.id;
  const auto& kept = open_.insert_or_assign(id, std::move(what)).first->second;
  watch_.request_leaves(kept);
  network_.start(std::move(request), [box = mailbox_, id](net::reply reply) { box->put({id, std::move(reply)}); });
}

void session::carry_out(device::make_key& what, due_events& due) {
  auto made = memory_.keys().key_of(what.ecu, what.type);
  if (!made)
    return trouble(std::move(made.error()));
  due.emplace_back(device::key_made{what.id, std::move(*made)});
}

void session::carry_out(device::sign& what, due_events& due) {
  device::signature_made answer;
  answer.id = what.id;
  if (auto made = memory_.keys().sign(what.ecu, what.message))
    answer.signature = std::move(*made);
  else
    answer.failure = std::move(made.error());
  due.emplace_back(std::move(answer));
}

void session::carry_out(device::inspect_download& what, due_events& due) {
  auto found = images_.inspect(what.name);
  if (auto complaint = images_.complaint(what.name); !complaint.empty())
    disk_complaint_ = std::move(complaint);
  due.emplace_back(device::download_inspected{what.id, found.bytes, std::move(found.sha256), std::move(found.sha512)});
}

void session::carry_out(device::reboot& what, due_events&) {
  // Otherwise the process ends soon, and whoever starts it again has rebooted the device when the sentinel is gone.
  if (options_.settings.mode != device::run_mode::daemon)
    return;
  hang_up();
  timers_.clear();
  down_until_ = clock::now() + what.takes;
}

void session::carry_out(device::note& what, due_events&) {
  if (what.what == device::milestone::download_failed && !disk_complaint_.empty())
    what.detail += ": " + std::exchange(disk_complaint_, {});
  outcome_.hear(what);
  watch_.told(what);
}

} // namespace

tl::expected<session_end, std::string> run_session(const session_options& options, net::transport& network,
                                                   observer& watch, const std::function<bool()>& stop) {
  uptane::document_pool pool{uptane::keep_sources::yes};
  // What is read back was judged before: nobody wants to see it again.
  uptane::plain_probe unseen;
  uptane::judge by{pool, unseen, utc_now(), options.settings.profile.verification};
  auto memory = device_memory::open(options, by);
  if (!memory)
    return tl::unexpected(std::move(memory.error()));
  auto images = downloads::open(options.download_directory.empty() ? options.state_directory / "images"
                                                                   : options.download_directory);
  if (!images)
    return tl::unexpected(std::move(images.error()));
  watching_probe probe{watch};
  session run{options, std::move(*memory), std::move(*images), pool, probe, network, watch};
  return run.run(stop);
}

} // namespace otafleet::solo
