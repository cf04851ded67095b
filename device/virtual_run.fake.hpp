// Runs one device on a virtual clock against a backend that is a function: hours pass in microseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "device/machine.hpp"
#include "pki/key.hpp"

namespace otafleet::device {

/// A request with the virtual time at which it went out.
struct sent_request {
  std::chrono::milliseconds at{};
  send_request what;
};

struct told_note {
  std::chrono::milliseconds at{};
  note what;
};

/// One thread. The clock moves only from one due event to the next.
class virtual_run {
public:
  /// Answers a request; the ticket is filled in by the run.
  using backend = std::function<http_reply(const send_request&)>;

  /// Each answer takes `latency`. The clock starts at `start`.
  virtual_run(machine& device, backend answers, uptane::utc_time start,
              std::chrono::milliseconds latency = std::chrono::milliseconds{10});

  void power_on(bool after_reboot = false);

  /// Runs until `done` holds or nothing is due within `limit` from now; returns whether `done` held.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
  /// Runs everything that is due within `limit` from now, and moves the clock there.
  void run_for(std::chrono::milliseconds limit);

  [[nodiscard]] const std::vector<sent_request>& requests() const noexcept { return requests_; }
  [[nodiscard]] const std::vector<told_note>& notes() const noexcept { return notes_; }
  [[nodiscard]] std::size_t count(milestone what) const;
  /// Why the last note of that kind was told; empty when there was none.
  [[nodiscard]] std::string last_reason(milestone what) const;
  [[nodiscard]] const std::optional<pki::credential>& credential() const noexcept { return credential_; }
  [[nodiscard]] const pki::private_key& uptane_key(std::uint32_t ecu = 0) const { return keys_.at(ecu); }
  /// What was downloaded, by name.
  [[nodiscard]] std::map<std::string, std::string>& downloads() noexcept { return downloads_; }
  /// Set once a short run mode has ended.
  [[nodiscard]] const std::optional<bool>& finished_well() const noexcept { return finished_; }
  [[nodiscard]] int reboots() const noexcept { return reboots_; }
  /// Set to false, a device that goes down stays down.
  bool reboots_by_itself = true;
  [[nodiscard]] uptane::utc_time now() const;

  /// `METHOD path` of each request from `from` on, for comparison with a trace.
  [[nodiscard]] std::vector<std::string> lines(std::size_t from = 0) const;

private:
  void tell(event what);
  void carry_out(send_request& what);
  void carry_out(make_key& what);
  void carry_out(sign& what);
  void carry_out(adopt_credential& what);
  void carry_out(inspect_download& what);
  void carry_out(forget_download& what);
  void carry_out(reboot& what);
  void carry_out(finished& what);
  void carry_out(wait& what);
  void carry_out(note& what);
  void schedule(std::chrono::milliseconds delay, event what);
  bool step(std::chrono::milliseconds limit);

  machine& device_;
  backend answers_;
  uptane::utc_time start_;
  std::chrono::milliseconds latency_;
  std::chrono::milliseconds clock_{};
  std::uint64_t last_order_ = 0;
  std::map<std::pair<std::chrono::milliseconds, std::uint64_t>, event> due_;
  std::vector<sent_request> requests_;
  std::vector<told_note> notes_;
  std::map<std::uint32_t, pki::private_key> keys_;
  std::map<std::string, std::string> downloads_;
  std::optional<bool> finished_;
  int reboots_ = 0;
  std::optional<pki::credential> credential_;
};

} // namespace otafleet::device
