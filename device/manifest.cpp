// Assembling, signing and sending the vehicle version manifest (protocol.md section 6).
#include "uptane/manifest.hpp"

#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"

namespace otafleet::device {

task<> client::send_manifest() {
  const bool reports_failure = store_.result && !store_.result->result.success;
  auto assembling = signed_manifest();
  auto body = co_await assembling;
  // A failed update starts over from fresh Director metadata (protocol.md section 9.7).
  if (reports_failure)
    store_.director.drop_targets();
  if (!body)
    co_return;

  send_request put;
  put.to = endpoint::manifest;
  put.method = http_method::put;
  put.as = credential_use::own;
  put.url = url("/director/manifest");
  put.content_type = "application/json";
  put.body = std::move(*body);
  auto sending = io_.send(std::move(put));
  const auto reply = co_await sending;
  if (!is_ok(reply)) {
    tell(milestone::manifest_refused, failure_label(reply));
    co_return;
  }
  if (store_.result) {
    if (store_.result->result.success)
      tell(milestone::update_reported, {}, store_.result->correlation_id);
    else
      tell(milestone::failure_reported, store_.result->result.code, store_.result->correlation_id);
    store_.result.reset();
  }
}

/// None when the key would not sign; the update's result is kept for the next try.
task<std::optional<std::string>> client::signed_manifest() {
  auto report = uptane::untouched_ecu(store_.ecu_serial);
  if (store_.installed) {
    report.filepath = store_.installed->filename;
    report.sha256 = store_.installed->hashes.sha256;
    report.length = store_.installed->length;
  }
  // Counts every assembled manifest, whether it arrives or not.
  report.report_counter = ++store_.report_counter;

  sign ecu_part;
  ecu_part.message = uptane::signed_part(report);
  auto ecu_text = ecu_part.message;
  const auto ecu_signature = co_await io_.ask(std::move(ecu_part));
  if (ecu_signature.signature.empty()) {
    tell(milestone::signing_failed, "signing-failed", ecu_signature.failure);
    co_return std::nullopt;
  }

  std::vector<uptane::signed_ecu_report> reports(1);
  reports[0].ecu_serial = store_.ecu_serial;
  reports[0].text = uptane::with_signature(ecu_text, store_.ecu_serial, uptane_method_, ecu_signature.signature);
  sign vehicle_part;
  vehicle_part.message = uptane::signed_part(store_.ecu_serial, std::move(reports), store_.result);
  auto vehicle_text = vehicle_part.message;
  const auto signature = co_await io_.ask(std::move(vehicle_part));
  if (signature.signature.empty()) {
    tell(milestone::signing_failed, "signing-failed", signature.failure);
    co_return std::nullopt;
  }
  co_return uptane::with_signature(vehicle_text, store_.ecu_serial, uptane_method_, signature.signature);
}

} // namespace otafleet::device
