#include "device/client.hpp"

#include <chrono>
#include <utility>
#include <variant>

namespace otafleet::device {

client::client(const settings& common, device_seed seed, uptane::document_pool& pool, uptane::probe& watch,
               storage remembered)
    : set_(common), seed_(seed), pool_(pool), watch_(watch), io_(common.profile), store_(std::move(remembered)),
      reports_(io_, common.gateway_url, seed, store_.events), jitter_(seed, purpose::poll_jitter),
      install_time_(seed, purpose::install_time), install_luck_(seed, purpose::install_luck),
      names_(seed, purpose::device_id) {
  store_.secondaries.resize(common.secondaries.size());
}

effects client::on(event what, uptane::utc_time now) {
  if (const auto* power = std::get_if<started>(&what)) {
    if (is_down_) {
      io_.set_time(now);
      power_on(power->after_reboot);
    }
  } else if (!is_down_) {
    io_.deliver(std::move(what), now);
  }
  reports_.tidy();
  return io_.take_effects();
}

// -- life -----------------------------------------------------------------------

/// What was in memory is gone; what is stored counts.
void client::power_on(bool after_reboot) {
  life_.reset();
  reports_.power_off();
  io_.power_off();
  is_down_ = false;
  device_data_sent_ = false;
  credential_ = set_.profile.first_reports_lack_credentials ? credential_use::none : credential_use::own;
  life_.emplace(live(after_reboot));
  life_->start();
}

/// From power-on to the end of the run mode (protocol.md section 9.1).
task<> client::live(bool after_reboot) {
  if (set_.mode == run_mode::check) {
    credential_ = credential_use::own;
    co_await prepare();
    const auto good = co_await check_only();
    io_.emit(finished{good});
    co_return;
  }
  if (!store_.is_registered)
    tell(milestone::provisioning_started);
  co_await prepare();
  if (store_.has_certificate)
    reports_.power_on(credential_);
  if (after_reboot)
    co_await finalize_after_reboot();
  credential_ = credential_use::own;
  reports_.use(credential_);
  // aktualizr tries once while it starts up, and again at once in its loop (wire-trace.md E, "409 other code").
  const auto provisioned = co_await provision();
  if (set_.mode == run_mode::daemon) {
    co_await run_daemon(provisioned);
  } else {
    const auto good = co_await run_once(provisioned);
    co_await reports_.flush();
    io_.emit(finished{good});
  }
}

task<> client::run_daemon(bool provisioned) {
  for (;;) {
    if (!device_data_sent_) {
      provisioned = co_await provision();
      if (provisioned) {
        co_await send_device_data();
        device_data_sent_ = true;
      }
    }
    if (provisioned) {
      const auto end = co_await cycle();
      if (end == cycle_end::reboot) {
        state_ = life_state::rebooting;
        tell(milestone::reboot_started);
        co_await reports_.flush();
        is_down_ = true;
        io_.emit(reboot{set_.reboot_takes});
        co_return;
      }
    }
    co_await wait_for_next_poll();
  }
}

task<bool> client::run_once(bool provisioned) {
  if (set_.mode == run_mode::campaign_check) {
    if (!provisioned)
      provisioned = co_await provision();
    if (!provisioned)
      co_return false;
    co_return co_await check_campaigns();
  }
  provisioned = co_await provision();
  if (!provisioned)
    co_return false;
  co_await send_device_data();
  const auto end = co_await cycle();
  if (end == cycle_end::reboot)
    io_.emit(reboot{set_.reboot_takes});
  co_return end != cycle_end::bad;
}

/// Protocol.md section 9.3.
task<client::cycle_end> client::cycle() {
  state_ = life_state::checking;
  co_await send_network_info();
  // Nothing new is looked for, and nothing reported, while an installation waits for its reboot.
  if (store_.pending)
    co_return cycle_end::reboot;
  const auto wanted = co_await check();
  if (!wanted) {
    tell(milestone::check_failed, wanted.error().label(), wanted.error().detail);
    co_await send_manifest();
    co_return cycle_end::bad;
  }
  auto end = cycle_end::good;
  if (!wanted->empty()) {
    tell(milestone::update_found, {}, wanted->front().filename);
    state_ = life_state::downloading;
    const auto downloaded = co_await download(*wanted);
    if (downloaded) {
      state_ = life_state::installing;
      const auto installed = co_await install(*wanted);
      if (installed == install_end::needs_reboot)
        co_return cycle_end::reboot;
    }
    if (store_.result && !store_.result->result.success)
      end = cycle_end::bad;
    co_await send_manifest();
  }
  tell(milestone::polled);
  co_return end;
}

task<> client::wait_for_next_poll() {
  state_ = store_.is_registered ? life_state::idle : life_state::provisioning;
  const auto swing = set_.polling_jitter * (2 * jitter_.unit() - 1);
  const auto pause = std::chrono::duration<double, std::milli>(set_.polling_interval) * (1 + swing);
  co_await io_.pause(std::chrono::duration_cast<std::chrono::milliseconds>(pause));
}

// -- shared ---------------------------------------------------------------------

std::string client::director_url() const {
  return set_.director_url.empty() ? set_.gateway_url + "/director" : set_.director_url;
}

std::string client::repo_url() const {
  return set_.repo_url.empty() ? set_.gateway_url + "/repo" : set_.repo_url;
}

std::string client::treehub_url() const {
  return set_.treehub_url.empty() ? set_.gateway_url + "/treehub" : set_.treehub_url;
}

const ecu_settings& client::settings_of(std::size_t ecu) const {
  return ecu == 0 ? set_.primary : set_.secondaries[ecu - 1];
}

ecu_memory& client::memory_of(std::size_t ecu) {
  return ecu == 0 ? store_.primary : store_.secondaries[ecu - 1];
}

const ecu_memory& client::memory_of(std::size_t ecu) const {
  return ecu == 0 ? store_.primary : store_.secondaries[ecu - 1];
}

std::size_t client::ecu_of(std::string_view serial) const noexcept {
  std::size_t ecu = 0;
  while (ecu != ecu_count() && memory_of(ecu).serial != serial)
    ++ecu;
  return ecu;
}

void client::tell(milestone what, std::string reason, std::string detail) {
  io_.emit(note{what, std::move(reason), std::move(detail)});
}

std::string failure_label(const http_reply& reply) {
  return reply.transport_failure.empty() ? "http-" + std::to_string(reply.status) : reply.transport_failure;
}

} // namespace otafleet::device
