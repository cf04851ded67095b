// The protocol of one device, as coroutines; machine.hpp is what others see of it.
//
// One .cpp per chapter of protocol.md: provisioning.cpp (1, 3), device_data.cpp (8.1), manifest.cpp (6), check.cpp (5),
// update.cpp (7, 9.4, 9.5), client.cpp (9.2, 9.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "device/dice.hpp"
#include "device/machine.hpp"
#include "device/report_queue.hpp"
#include "device/script.hpp"
#include "device/storage.hpp"
#include "device/task.hpp"

namespace otafleet::device {

class client {
public:
  client(const settings& common, device_seed seed, uptane::document_pool& pool, uptane::probe& watch);

  [[nodiscard]] effects on(event what, uptane::utc_time now);

  [[nodiscard]] life_state state() const noexcept { return state_; }
  [[nodiscard]] const storage& remembered() const noexcept { return store_; }

private:
  // -- client.cpp: the main loop -----------------------------------------------
  enum class cycle_end { wait, reboot };

  task<> live();
  task<cycle_end> cycle();
  task<> wait_for_next_poll();

  // -- provisioning.cpp ---------------------------------------------------------
  task<> prepare();
  task<bool> provision();
  task<bool> obtain_certificate();
  task<bool> register_ecus();
  void choose_device_id();
  void provisioning_failed(std::string_view step, const http_reply& reply);

  // -- device_data.cpp ----------------------------------------------------------
  task<> send_device_data();
  task<> send_network_info();
  task<bool> send_data(endpoint to, http_method method, std::string_view path, std::string_view content_type,
                       std::string body);

  // -- manifest.cpp -------------------------------------------------------------
  task<> send_manifest();
  task<std::optional<std::string>> signed_manifest();

  // -- check.cpp ----------------------------------------------------------------
  using targets_or_failure = tl::expected<std::vector<uptane::target>, uptane::failure>;

  task<targets_or_failure> check();
  task<uptane::verdict> update_director();
  task<uptane::verdict> update_image_repository();
  template <class Trust>
  task<uptane::verdict> update_roots(Trust& trust, uptane::repository repo);
  task<tl::expected<std::string, uptane::failure>> fetch(uptane::repository repo, uptane::role role,
                                                         std::string_view file, std::uint64_t limit);
  [[nodiscard]] uptane::judge judge();

  // -- update.cpp ---------------------------------------------------------------
  enum class install_end { done, needs_reboot, failed };

  [[nodiscard]] std::string correlation_id() const;
  [[nodiscard]] uptane::verdict recheck(const std::vector<uptane::target>& wanted);
  task<bool> download(const std::vector<uptane::target>& wanted);
  task<bool> download_one(const uptane::target& wanted, std::string& why);
  task<install_end> install(const std::vector<uptane::target>& wanted);
  task<> reboot();
  void finished_install(uptane::target what, std::string_view correlation_id, std::string_view description);
  void store_failure(std::string_view code, std::string_view description, std::string_view raw_report);

  // -- shared -------------------------------------------------------------------
  [[nodiscard]] std::string url(std::string_view path) const { return set_.gateway_url + std::string{path}; }
  void tell(milestone what, std::string reason = {}, std::string detail = {});

  const settings& set_;
  device_seed seed_;
  uptane::document_pool& pool_;
  uptane::probe& watch_;

  script io_;
  storage store_;
  report_queue reports_;
  dice jitter_;
  dice install_time_;
  dice names_;
  life_state state_ = life_state::off;
  bool device_data_sent_ = false;
  /// Needed until the ECUs are registered, then dropped: a fleet holds 100,000 of them.
  std::optional<pki::public_key> uptane_key_;
  std::string_view uptane_method_;
  // Last, so that the coroutines die before what they use.
  std::optional<task<>> life_;
};

/// `http-503` or the transport's word: why a request failed, as a bounded label.
[[nodiscard]] std::string failure_label(const http_reply& reply);

[[nodiscard]] inline bool is_ok(const http_reply& reply) noexcept {
  return reply.transport_failure.empty() && reply.status >= 200 && reply.status < 400;
}

} // namespace otafleet::device
