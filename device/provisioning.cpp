// From a shared certificate to an own one, and the registration of the ECU (protocol.md sections 1.3, 1.4 and 3).
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"
#include "device/error_body.hpp"
#include "device/pretty_name.hpp"
#include "pki/pkcs12.hpp"
#include "uptane/canonical.hpp"
#include "uptane/key.hpp"
#include "uptane/manifest.hpp"

namespace otafleet::device {

task<> client::prepare() {
  state_ = life_state::provisioning;
  make_key request;
  request.type = set_.uptane_key;
  const auto made = co_await io_.ask(request);
  store_.ecu_serial = uptane::device_key_id(uptane::device_key_text(made.key));
  uptane_method_ = uptane::device_method(made.key);
  uptane_key_ = made.key;
}

task<bool> client::provision() {
  if (store_.is_registered)
    co_return true;
  state_ = life_state::provisioning;
  if (!store_.has_certificate) {
    const auto obtained = co_await obtain_certificate();
    if (!obtained)
      co_return false;
  }
  co_return co_await register_ecus();
}

task<bool> client::obtain_certificate() {
  if (store_.device_id.empty())
    choose_device_id();
  send_request post;
  post.to = endpoint::devices;
  post.method = http_method::post;
  post.as = credential_use::shared;
  post.url = url("/devices");
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
  std::vector<uptane::ecu_registration> ecus(1);
  ecus[0].ecu_serial = store_.ecu_serial;
  ecus[0].hardware_id = set_.hardware_id;
  ecus[0].key_type = uptane::key_type_text(*uptane_key_);
  ecus[0].key_text = uptane::device_key_text(*uptane_key_);

  send_request post;
  post.to = endpoint::ecus;
  post.method = http_method::post;
  post.as = credential_use::own;
  post.url = url("/director/ecus");
  post.content_type = "application/json";
  post.body = uptane::registration_body(ecus);
  auto sending = io_.send(std::move(post));
  const auto reply = co_await sending;
  if (!is_ok(reply)) {
    provisioning_failed("POST /director/ecus", reply);
    co_return false;
  }
  store_.is_registered = true;
  uptane_key_.reset();
  tell(milestone::provisioned);
  co_return true;
}

void client::choose_device_id() {
  if (set_.device_id_prefix.empty()) {
    store_.device_id = pretty_name(names_);
    return;
  }
  auto digits = std::to_string(seed_.index);
  if (digits.size() < 6)
    digits.insert(0, 6 - digits.size(), '0');
  store_.device_id = set_.device_id_prefix + "-" + digits;
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
