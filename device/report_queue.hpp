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
  report_queue(script& io, const std::string& gateway_url, const device_seed& seed) noexcept;

  /// Queues an event such as `EcuDownloadStarted` and has it posted. Waits while a post is under way.
  /// `success` is `true`, `false` or empty for events without that member.
  task<> add(std::string_view type, std::string_view ecu_serial, std::string_view correlation_id,
             std::string_view success = {});

  /// Frees what an ended post leaves behind; not from inside a coroutine.
  void tidy() noexcept;

private:
  task<> post_until_empty();
  void settle(const http_reply& answer, std::size_t sent);

  script& io_;
  const std::string& gateway_url_;
  dice ids_;
  /// Canonical JSON objects, oldest first; bounded by `max_events`.
  std::vector<std::string> events_;
  std::size_t batch_limit_;
  bool running_ = false;
  bool posting_ = false;
  bool keep_for_later_ = false;
  /// Opened by a new event, to try again before the interval is over.
  gate work_;
  gate posted_;
  std::optional<task<>> poster_;
};

} // namespace otafleet::device
