#include "server-stub/update_orders.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

constexpr std::size_t max_hardware_ids = 1'000;

tl::unexpected<refusal> invalid(std::string description) {
  return tl::unexpected(refusal{400, "invalid_entity", std::move(description)});
}

/// The server's form of a target: `{"target","checksum":{"method","hash"},"targetLength"}`.
image_fact_ptr read_target(const json& value) {
  const auto* name = text_member(value, "target");
  const auto* checksum = member(value, "checksum");
  const auto* method = checksum == nullptr ? nullptr : text_member(*checksum, "method");
  const auto* hash = checksum == nullptr ? nullptr : text_member(*checksum, "hash");
  const auto length = count_member(value, "targetLength");
  if (name == nullptr || name->empty() || name->size() >= 254 || method == nullptr || *method != "sha256" ||
      hash == nullptr || !length)
    return nullptr;
  const auto digest = pki::from_hex(*hash);
  auto fact = std::make_shared<image_fact>();
  if (!digest || digest->size() != fact->sha256.size())
    return nullptr;
  fact->filepath = *name;
  std::copy(digest->begin(), digest->end(), fact->sha256.begin());
  fact->length = *length;
  return fact;
}

bool is_correlation_id(std::string_view text) noexcept {
  for (const std::string_view prefix : {"urn:here-ota:campaign:", "urn:here-ota:mtu:", "urn:here-ota:auto-update:"})
    if (text.starts_with(prefix))
      return is_uuid(text.substr(prefix.size()));
  return false;
}

bool same_image(const image_fact& a, const image_fact& b) noexcept {
  return a.filepath == b.filepath && a.sha256 == b.sha256;
}

} // namespace

tl::expected<multi_target_update, refusal> read_update(std::string_view body) {
  const auto document = parse_json(body);
  const auto* targets = document ? member(*document, "targets") : nullptr;
  if (targets == nullptr || !targets->is_object() || targets->empty() || targets->size() > max_hardware_ids)
    return invalid("an update has targets for 1 to 1000 hardware ids");
  multi_target_update update;
  for (const auto& [hardware_id, change] : targets->items()) {
    const auto* from = member(change, "from");
    const auto* to = member(change, "to");
    hardware_update wanted;
    if (to == nullptr || (wanted.to = read_target(*to)) == nullptr)
      return invalid("the update of " + hardware_id + " has no complete \"to\": target, checksum, targetLength");
    if (from != nullptr && !from->is_null() && (wanted.from = read_target(*from)) == nullptr)
      return invalid("the \"from\" of " + hardware_id + " is neither null nor complete");
    update.emplace(hardware_id, std::move(wanted));
  }
  return update;
}

tl::expected<assignment_order, refusal> read_assignment(std::string_view body) {
  const auto document = parse_json(body);
  if (!document)
    return invalid("the body is not JSON");
  const auto* correlation = text_member(*document, "correlationId");
  const auto* update = text_member(*document, "mtuId");
  const auto* devices = member(*document, "devices");
  const auto* dry = member(*document, "dryRun");
  if (correlation == nullptr || update == nullptr || devices == nullptr || !devices->is_array() ||
      (dry != nullptr && !dry->is_boolean()))
    return invalid("an assignment has correlationId, mtuId, devices, and dryRun if it is one");
  if (!is_correlation_id(*correlation))
    return invalid("a correlationId is urn:here-ota:campaign:<uuid>, urn:here-ota:mtu:<uuid> or "
                   "urn:here-ota:auto-update:<uuid>");
  if (devices->size() > max_devices_per_order)
    return invalid("an assignment lists at most 100000 devices");
  assignment_order order{*correlation, {}, *update, dry != nullptr && dry->get<bool>()};
  order.devices.reserve(devices->size());
  for (const auto& device : *devices) {
    if (!device.is_string())
      return invalid("devices are listed by their ids");
    order.devices.push_back(device.get<std::string>());
  }
  return order;
}

std::vector<open_assignment> affected_ecus(const device_record& device, const multi_target_update& update,
                                           const shared_text& correlation_id) {
  std::vector<open_assignment> affected;
  if (!device.ecus)
    return affected;
  for (std::size_t at = 0; at < device.ecus->ecus.size(); ++at) {
    const auto wanted = update.find(device.ecus->ecus[at].hardware_id);
    if (wanted == update.end())
      continue;
    const auto& installed = device.installed[at];
    const auto& [from, to] = wanted->second;
    if (from && !(installed && same_image(*from, *installed)))
      continue;
    if (installed && same_image(*to, *installed))
      continue;
    const auto has_one = [&](const open_assignment& open) { return open.ecu == at; };
    if (std::any_of(device.assignments.begin(), device.assignments.end(), has_one))
      continue;
    affected.push_back({static_cast<std::uint32_t>(at), false, to, correlation_id});
  }
  return affected;
}

} // namespace otafleet::stub
