// Assembling, signing and sending the vehicle version manifest (protocol.md section 6).
#include "uptane/manifest.hpp"

#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"

namespace otafleet::device {

namespace {

/// `INSTALL_FAILED` of `gw:INSTALL_FAILED|cam:INSTALL_FAILED`: hardware ids would make too many labels.
[[nodiscard]] std::string bounded_code(const std::string& code) {
  const auto colon = code.find(':');
  if (colon == code.npos)
    return code;
  return code.substr(colon + 1, code.find('|', colon) - colon - 1);
}

} // namespace

task<> client::send_manifest() {
  // Never while an installation waits for its reboot.
  if (store_.pending)
    co_return;
  // A failed update starts over from fresh Director metadata (protocol.md section 9.7).
  if (store_.result && !store_.result->result.success)
    store_.director.drop_targets();
  auto assembling = signed_manifest();
  auto body = co_await assembling;
  if (!body)
    co_return;

  send_request put;
  put.to = endpoint::manifest;
  put.method = http_method::put;
  put.as = credential_;
  put.url = director_url() + "/manifest";
  put.content_type = "application/json";
  put.body = std::move(*body);
  auto sending = io_.send(std::move(put));
  const auto reply = co_await sending;
  if (!is_ok(reply)) {
    tell(milestone::manifest_refused, failure_label(reply));
    co_return;
  }
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu)
    memory_of(ecu).result.reset();
  if (store_.result) {
    if (store_.result->result.success)
      tell(milestone::update_reported, {}, store_.result->correlation_id);
    else
      tell(milestone::failure_reported, bounded_code(store_.result->result.code), store_.result->correlation_id);
    store_.result.reset();
  }
}

/// None when a key would not sign; the update's result is kept for the next try.
task<std::optional<std::string>> client::signed_manifest() {
  // Counts every assembled manifest, whether it arrives or not.
  ++store_.report_counter;
  std::vector<uptane::signed_ecu_report> reports;
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu) {
    const auto text = uptane::signed_part(report_of(ecu));
    const auto signature = co_await sign_as(static_cast<std::uint32_t>(ecu), text);
    if (!signature)
      co_return std::nullopt;
    const auto& serial = memory_of(ecu).serial;
    const auto& key = keys_[ecu];
    reports.push_back({serial, uptane::with_signature(text, key.id.empty() ? serial : key.id, key.method, *signature)});
  }

  auto result = store_.result;
  if (result) {
    for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu)
      if (const auto& one = memory_of(ecu).result)
        result->items.push_back({memory_of(ecu).serial, *one});
  }
  const auto text = uptane::signed_part(store_.primary.serial, std::move(reports), result);
  const auto signature = co_await sign_as(0, text);
  if (!signature)
    co_return std::nullopt;
  const auto& key = keys_.front();
  co_return uptane::with_signature(text, key.id.empty() ? store_.primary.serial : key.id, key.method, *signature);
}

task<std::optional<bytes>> client::sign_as(std::uint32_t ecu, std::string_view text) {
  sign order;
  order.ecu = ecu;
  order.message = text;
  auto made = co_await io_.ask(std::move(order));
  if (made.signature.empty()) {
    tell(milestone::signing_failed, "signing-failed", made.failure);
    co_return std::nullopt;
  }
  co_return std::move(made.signature);
}

uptane::ecu_report client::report_of(std::size_t ecu) const {
  const auto& memory = memory_of(ecu);
  auto report = uptane::untouched_ecu(memory.serial);
  if (ecu != 0)
    report.filepath = "noimage"; // what a virtual secondary says that never had a firmware
  if (memory.installed) {
    report.filepath = memory.installed->filename;
    report.sha256 = memory.installed->hashes.sha256;
    report.length = memory.installed->length;
  }
  if (ecu == 0)
    report.report_counter = store_.report_counter;
  else
    report.attacks_detected = store_.secondaries[ecu - 1].attack_detected;
  return report;
}

} // namespace otafleet::device
