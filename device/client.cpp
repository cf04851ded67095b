#include "device/client.hpp"

#include <chrono>
#include <utility>
#include <variant>

namespace otafleet::device {

client::client(const settings& common, device_seed seed, uptane::document_pool& pool, uptane::probe& watch)
    : set_(common), seed_(seed), pool_(pool), watch_(watch), reports_(io_, common.gateway_url, seed),
      jitter_(seed, purpose::poll_jitter), install_time_(seed, purpose::install_time),
      names_(seed, purpose::device_id) {}

effects client::on(event what, uptane::utc_time now) {
  if (std::holds_alternative<started>(what)) {
    if (!life_) {
      io_.set_time(now);
      life_.emplace(live());
      life_->start();
    }
  } else {
    io_.deliver(std::move(what), now);
  }
  reports_.tidy();
  return io_.take_effects();
}

task<> client::live() {
  tell(milestone::provisioning_started);
  co_await prepare();
  // aktualizr tries once while it starts up, and again at once in its loop (wire-trace.md E, "409 other code").
  auto provisioned = co_await provision();
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
        co_await reboot();
        continue;
      }
    }
    co_await wait_for_next_poll();
  }
}

task<client::cycle_end> client::cycle() {
  state_ = life_state::checking;
  const auto wanted = co_await check();
  if (!wanted) {
    tell(milestone::check_failed, wanted.error().name(), wanted.error().detail);
    co_await send_manifest();
    co_return cycle_end::wait;
  }
  if (!wanted->empty()) {
    tell(milestone::update_found, {}, wanted->front().filename);
    state_ = life_state::downloading;
    const auto downloaded = co_await download(*wanted);
    if (downloaded) {
      state_ = life_state::installing;
      const auto end = co_await install(*wanted);
      if (end == install_end::needs_reboot)
        co_return cycle_end::reboot;
    }
    co_await send_manifest();
  }
  tell(milestone::polled);
  co_return cycle_end::wait;
}

task<> client::wait_for_next_poll() {
  state_ = store_.is_registered ? life_state::idle : life_state::provisioning;
  const auto swing = set_.polling_jitter * (2 * jitter_.unit() - 1);
  const auto pause = std::chrono::duration<double, std::milli>(set_.polling_interval) * (1 + swing);
  co_await io_.pause(std::chrono::duration_cast<std::chrono::milliseconds>(pause));
}

void client::tell(milestone what, std::string reason, std::string detail) {
  io_.emit(note{what, std::move(reason), std::move(detail)});
}

std::string failure_label(const http_reply& reply) {
  return reply.transport_failure.empty() ? "http-" + std::to_string(reply.status) : reply.transport_failure;
}

} // namespace otafleet::device
