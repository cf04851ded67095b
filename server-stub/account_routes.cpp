#include "server-stub/account_routes.hpp"

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "pki/certificate.hpp"
#include "server-stub/device_ca.hpp"
#include "server-stub/json_input.hpp"
#include "server-stub/provisioning.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

constexpr std::string_view operator_actor = "operator";

json shown(const pki::certificate& ca) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ca.not_after().time_since_epoch());
  return {{"fingerprint", ca.fingerprint()},
          {"common_name", ca.common_name()},
          {"not_after", uptane::utc_time::from_unix_seconds(seconds.count()).text()}};
}

} // namespace

answer device_cas(const request& complete, account& owner, device_trust& trust, audit_log& audit) {
  if (complete.method != verb::post) {
    json values = json::array();
    for (const auto& ca : trust.device_cas(owner))
      values.push_back(shown(ca));
    return answer::json(200, compact({{"values", std::move(values)}}));
  }
  const auto ca = read_device_ca(complete.body);
  const auto added = ca ? trust.add(owner, *ca) : tl::expected<bool, refusal>{tl::unexpect, ca.error()};
  audit.record(owner.name(), operator_actor, "add-device-ca", ca ? ca->fingerprint() : "",
               !added   ? added.error().code
               : *added ? "added"
                        : "known");
  if (!added)
    return to_answer(added.error());
  return answer::json(*added ? 201 : 200, compact(shown(*ca)));
}

answer campaigns(const request& complete, account& owner, audit_log& audit) {
  if (complete.method != verb::post)
    return answer::json(200, owner.campaigns().overview());
  auto made = read_campaign(complete.body);
  if (!made)
    return to_answer(made.error());
  const auto id = made->id;
  const auto added = owner.campaigns().add(std::move(*made));
  audit.record(owner.name(), operator_actor, "create-campaign", id, added ? "created" : added.error().code);
  return added ? answer::json(201, compact(id)) : to_answer(added.error());
}

answer register_device(const request& complete, account& owner, audit_log& audit) {
  const auto refused = [](unsigned status, std::string_view code, std::string why) {
    return to_answer({status, code, std::move(why)});
  };
  const auto document = parse_json(complete.body);
  const auto* uuid = document ? text_member(*document, "uuid") : nullptr;
  const auto* id = uuid != nullptr ? uuid : document ? text_member(*document, "deviceId") : nullptr;
  if (id == nullptr || !is_device_id(*id))
    return refused(400, "invalid_entity", "a device has a uuid, or a deviceId of 1 to 64 printable ASCII characters");
  const bool by_put = complete.method == verb::put;
  if (by_put) {
    const auto* credentials = text_member(*document, "credentials");
    if (credentials == nullptr)
      return refused(400, "request_needs_credentials", "send the device's certificate in PEM as credentials");
    const auto leaf = pki::certificate::from_pem(*credentials);
    if (!leaf || leaf->common_name() != *id)
      return refused(400, "invalid_entity", "credentials are a certificate in PEM with the device's id as common name");
  }
  const bool is_new = owner.devices().enter(*id);
  audit.record(owner.name(), operator_actor, "register-device", *id, is_new ? "entered" : "known");
  if (!is_new && !by_put)
    return refused(409, "conflicting_device", "there is a device of this id");
  auto entered = answer::json(by_put ? 200 : 201, compact(*id));
  if (!by_put)
    entered.headers.emplace_back("Location", "/devices/" + *id);
  return entered;
}

} // namespace otafleet::stub
