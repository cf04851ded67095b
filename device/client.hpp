// The protocol of one device, as coroutines; machine.hpp is what others see of it.
//
// One .cpp per chapter of protocol.md: provisioning.cpp (1 to 3), device_data.cpp (8.1), manifest.cpp (6), check.cpp
// and metadata.cpp (5), download.cpp (7.1), ostree.cpp (7.2), install.cpp (9.4, 9.5), campaigns.cpp (8.3), client.cpp
// (9.1 to 9.3).
#pragma once

#include <cstddef>
#include <cstdint>
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
#include "uptane/vehicle.hpp"

namespace otafleet::device {

class client {
public:
  client(const settings& common, device_seed seed, uptane::document_pool& pool, uptane::probe& watch,
         storage remembered);

  [[nodiscard]] effects on(event what, uptane::utc_time now);

  [[nodiscard]] life_state state() const noexcept { return state_; }
  [[nodiscard]] const storage& remembered() const noexcept { return store_; }

private:
  using targets = std::vector<uptane::target>;
  using targets_or_failure = tl::expected<targets, uptane::failure>;

  // -- client.cpp: the main loop -----------------------------------------------
  enum class cycle_end { good, bad, reboot };

  void power_on(bool after_reboot);
  task<> live(bool after_reboot);
  task<> run_daemon(bool provisioned);
  task<bool> run_once(bool provisioned);
  task<cycle_end> cycle();
  task<> wait_for_next_poll();

  // -- provisioning.cpp ---------------------------------------------------------
  task<> prepare();
  task<bool> provision();
  task<bool> obtain_certificate();
  task<bool> register_ecus();
  void provisioning_failed(std::string_view step, const http_reply& reply);
  [[nodiscard]] std::uint64_t ecu_set() const;

  // -- device_data.cpp ----------------------------------------------------------
  task<> send_device_data();
  task<> send_network_info();
  task<> send_data(endpoint to, http_method method, std::string_view path, std::string_view content_type,
                   std::string body, std::uint64_t& sent);

  // -- manifest.cpp -------------------------------------------------------------
  task<> send_manifest();
  task<std::optional<std::string>> signed_manifest();
  task<std::optional<bytes>> sign_as(std::uint32_t ecu, std::string_view text);
  [[nodiscard]] uptane::ecu_report report_of(std::size_t ecu) const;

  // -- check.cpp: what is new, and is it listed in both repositories --------------
  task<targets_or_failure> check();
  task<targets_or_failure> find_updates();
  task<tl::expected<uptane::target, uptane::failure>> find_in_image_repository(uptane::target wanted);
  task<bool> check_only();
  [[nodiscard]] std::vector<uptane::ecu> vehicle() const;
  [[nodiscard]] targets_or_failure new_targets() const;
  [[nodiscard]] targets_or_failure recheck(const targets& wanted);

  // -- metadata.cpp: fetching and judging -----------------------------------------
  task<uptane::verdict> update_director();
  task<uptane::verdict> update_image_repository();
  template <class Trust>
  task<uptane::verdict> update_roots(Trust& trust, uptane::repository repo);
  template <class Trust>
  task<uptane::verdict> update_timestamp_and_snapshot(Trust& trust, uptane::repository repo);
  task<tl::expected<std::string, uptane::failure>> fetch(uptane::repository repo, uptane::role role,
                                                         std::string_view file, std::uint64_t limit);
  task<tl::expected<std::string, std::string>> fetch_delegation(std::string_view name);
  [[nodiscard]] uptane::judge judge();

  // -- download.cpp ---------------------------------------------------------------
  task<bool> download(const targets& wanted);
  task<bool> download_all(const targets& wanted);
  task<bool> try_download(const uptane::target& wanted, std::string& why);
  task<bool> download_image(const uptane::target& wanted, std::string& why);
  task<http_reply> get_image(const uptane::target& wanted, std::uint64_t from);
  task<bool> is_downloaded(const uptane::target& wanted);

  // -- ostree.cpp -----------------------------------------------------------------
  task<bool> pull_commit(const uptane::target& wanted, std::string& why);
  task<http_reply> get_object(std::string base, std::string path, std::uint64_t limit);

  // -- install.cpp ------------------------------------------------------------------
  enum class install_end { done, needs_reboot };

  task<install_end> install(const targets& wanted);
  task<bool> all_intact(const targets& wanted);
  [[nodiscard]] bool send_metadata_to_secondaries(const targets& wanted);
  task<> install_on_primary(const uptane::target& image, std::string_view correlation_id);
  task<> install_on_secondaries(const targets& wanted, std::string_view correlation_id);
  task<> finalize_after_reboot();
  [[nodiscard]] std::chrono::milliseconds draw_duration();
  [[nodiscard]] bool draw_failure(std::size_t ecu);
  void keep_image(const uptane::target& what);
  void compute_device_result(std::string_view correlation_id);
  void store_result(uptane::installation_result result, std::string_view raw_report, std::string_view correlation_id);
  /// A failure before the installation, if the backend can be told what of, and the Director's list is forgotten.
  void store_failure(std::string_view code, std::string_view description);
  [[nodiscard]] std::string correlation_id() const;

  // -- campaigns.cpp ------------------------------------------------------------------
  task<bool> check_campaigns();

  // -- shared -------------------------------------------------------------------
  [[nodiscard]] std::string director_url() const;
  [[nodiscard]] std::string repo_url() const;
  [[nodiscard]] std::string treehub_url() const;
  /// The primary is 0; secondaries follow.
  [[nodiscard]] std::size_t ecu_count() const noexcept { return 1 + set_.secondaries.size(); }
  [[nodiscard]] const ecu_settings& settings_of(std::size_t ecu) const;
  [[nodiscard]] ecu_memory& memory_of(std::size_t ecu);
  [[nodiscard]] const ecu_memory& memory_of(std::size_t ecu) const;
  /// `ecu_count()` when there is none of that serial.
  [[nodiscard]] std::size_t ecu_of(std::string_view serial) const noexcept;
  void tell(milestone what, std::string reason = {}, std::string detail = {});

  /// What an ECU's manifests are signed with.
  struct ecu_key {
    /// Empty when it is the ECU's serial.
    std::string id;
    std::string_view method;
    /// Needed until the ECUs are registered, then dropped: a fleet holds 100,000 of them.
    std::optional<pki::public_key> key;
  };

  const settings& set_;
  device_seed seed_;
  uptane::document_pool& pool_;
  uptane::probe& watch_;

  script io_;
  storage store_;
  report_queue reports_;
  dice jitter_;
  dice install_time_;
  dice install_luck_;
  dice names_;
  life_state state_ = life_state::off;
  std::vector<ecu_key> keys_;
  /// What requests go out with by now.
  credential_use credential_ = credential_use::own;
  bool device_data_sent_ = false;
  bool is_down_ = true;
  // Last, so that the coroutines die before what they use.
  std::optional<task<>> life_;
};

/// `http-503` or the transport's word: why a request failed, as a bounded label.
[[nodiscard]] std::string failure_label(const http_reply& reply);

/// Whether what is there is all of the image; sha256 counts where the metadata give both hashes.
[[nodiscard]] bool is_intact(const download_inspected& there, const uptane::target& wanted);

[[nodiscard]] inline bool is_ok(const http_reply& reply) noexcept {
  return reply.transport_failure.empty() && reply.status >= 200 && reply.status < 400;
}

} // namespace otafleet::device
