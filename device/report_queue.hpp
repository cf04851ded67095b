// The events a device reports, posted beside everything else it does (protocol.md section 8.2).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/dice.hpp"
#include "device/script.hpp"
#include "device/task.hpp"

namespace otafleet::device {

/// aktualizr's report queue: a second thread there, a second coroutine here. It holds its lock while it posts, so that
/// a slow event endpoint delays the next event of the installation, as in the real client.
class report_queue {
public:
  /// `events` are canonical JSON objects, oldest first, at most `max_events`: stored, so that they survive a restart.
  report_queue(script& io, const std::string& gateway_url, const device_seed& seed,
               std::vector<std::string>& events) noexcept;

  /// Forgets what was going on; the events stay. Not from inside a coroutine.
  void power_off() noexcept;
  /// Posts at once what an earlier life left, with the credential that there is at this moment.
  void power_on(credential_use as);
  /// Posts go out with this one from now on.
  void use(credential_use as) noexcept { as_ = as; }

  /// Queues an event such as `EcuDownloadStarted` and has it posted. Waits while a post is under way.
  /// `success` is `true`, `false` or empty for events without that member.
  task<> add(std::string_view type, std::string_view ecu_serial, std::string_view correlation_id,
             std::string_view success = {});

  /// One last try, as when the real client's queue is destroyed; returns when it has succeeded or failed.
  task<> flush();

  /// Frees what an ended post leaves behind; not from inside a coroutine.
  void tidy() noexcept;

private:
  void begin_posting();
  task<> post_until_empty();
  void settle(const http_reply& answer, std::size_t sent);

  script& io_;
  const std::string& gateway_url_;
  dice ids_;
  std::vector<std::string>& events_;
  credential_use as_ = credential_use::own;
  std::size_t batch_limit_;
  bool running_ = false;
  bool posting_ = false;
  bool keep_for_later_ = false;
  /// The next post does not wait for its interval.
  bool in_haste_ = false;
  /// Opened by a new event, to try again before the interval is over.
  gate work_;
  gate posted_;
  std::optional<task<>> poster_;
};

} // namespace otafleet::device
