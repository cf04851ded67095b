// From first power-on to registered ECUs (protocol.md sections 1.3, 1.4, 2 and 3).
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"
#include "device/device_id.hpp"
#include "device/error_body.hpp"
#include "device/fingerprint.hpp"
#include "pki/pkcs12.hpp"
#include "uptane/canonical.hpp"
#include "uptane/key.hpp"
#include "uptane/manifest.hpp"

namespace otafleet::device {

/// Key pairs and serials; no server is asked.
task<> client::prepare() {
  if (!store_.is_registered)
    state_ = life_state::provisioning;
  keys_.clear();
  keys_.reserve(ecu_count());
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu) {
    const auto& wanted = settings_of(ecu);
    auto& memory = memory_of(ecu);
    if (set_.mode == run_mode::check && !wanted.serial.empty()) {
      memory.serial = wanted.serial; // it signs nothing
      continue;
    }
    make_key request;
    request.ecu = static_cast<std::uint32_t>(ecu);
    request.type = wanted.uptane_key;
    const auto made = co_await io_.ask(request);
    auto id = uptane::device_key_id(uptane::device_key_text(made.key));
    memory_of(ecu).serial = wanted.serial.empty() ? id : wanted.serial;
    ecu_key key;
    key.method = uptane::device_method(made.key);
    key.key = made.key;
    if (id != memory_of(ecu).serial)
      key.id = std::move(id);
    keys_.push_back(std::move(key));
  }
  if (store_.is_registered && store_.registered_set != ecu_set())
    store_.is_registered = false;
  if (store_.is_registered)
    for (auto& one : keys_)
      one.key.reset();
}

task<bool> client::provision() {
  if (store_.is_registered)
    co_return true;
  state_ = life_state::provisioning;
  if (!store_.has_certificate && set_.provisioning == provisioning_mode::device_credentials) {
    tell(milestone::provisioning_failed, "no-device-credentials", "Device credentials expected but not found");
    co_return false;
  }
  if (!store_.has_certificate) {
    const auto obtained = co_await obtain_certificate();
    if (!obtained)
      co_return false;
  }
  co_return co_await register_ecus();
}

task<bool> client::obtain_certificate() {
  if (store_.device_id.empty())
    store_.device_id = device_id_for(set_, seed_, names_);
  send_request post;
  post.to = endpoint::devices;
  post.method = http_method::post;
  post.as = credential_use::shared;
  post.url = set_.gateway_url + "/devices";
  post.content_type = "application/json";
  post.body = R"({"deviceId":)";
  uptane::append_json_string(post.body, store_.device_id);
  post.body += R"(,"ttl":)";
  uptane::append_json_string(post.body, set_.certificate_ttl_days);
  post.body += '}';

  auto sending = io_.send(std::move(post));
  const auto reply = co_await sending;
  if (!is_ok(reply)) {
    provisioning_failed("POST /devices", reply);
    // The id is taken; the real client forgets it and makes up another one, unless it was configured.
    if (reply.transport_failure.empty() && error_code(reply.body) == "device_already_registered")
      store_.device_id.clear();
    co_return false;
  }
  auto credential = pki::from_pkcs12(as_bytes(reply.body), "");
  if (!credential || credential->authorities.empty()) {
    tell(milestone::provisioning_failed, "malformed-credentials",
         credential ? "the PKCS#12 holds no authority to trust the gateway by" : credential.error());
    co_return false;
  }
  store_.has_certificate = true;
  io_.emit(adopt_credential{std::move(*credential)});
  co_return true;
}

task<bool> client::register_ecus() {
  std::vector<uptane::ecu_registration> ecus(ecu_count());
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu) {
    ecus[ecu].ecu_serial = memory_of(ecu).serial;
    ecus[ecu].hardware_id = settings_of(ecu).hardware_id;
    ecus[ecu].key_type = uptane::key_type_text(*keys_[ecu].key);
    ecus[ecu].key_text = uptane::device_key_text(*keys_[ecu].key);
  }
  send_request post;
  post.to = endpoint::ecus;
  post.method = http_method::post;
  post.as = credential_use::own;
  post.url = director_url() + "/ecus";
  post.content_type = "application/json";
  post.body = uptane::registration_body(ecus);
  auto sending = io_.send(std::move(post));
  const auto reply = co_await sending;
  if (!is_ok(reply)) {
    provisioning_failed("POST /director/ecus", reply);
    co_return false;
  }
  store_.is_registered = true;
  store_.registered_set = ecu_set();
  for (auto& one : keys_)
    one.key.reset();
  tell(milestone::provisioned);
  co_return true;
}

/// Another serial or hardware id anywhere makes another set.
std::uint64_t client::ecu_set() const {
  std::string text;
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu)
    text.append(memory_of(ecu).serial).append("\n").append(settings_of(ecu).hardware_id).append("\n");
  return fingerprint(text);
}

void client::provisioning_failed(std::string_view step, const http_reply& reply) {
  auto reason = failure_label(reply);
  if (reply.transport_failure.empty()) {
    if (const auto code = error_code(reply.body); !code.empty())
      reason = code;
  }
  tell(milestone::provisioning_failed, std::move(reason), std::string{step});
}

} // namespace otafleet::device
