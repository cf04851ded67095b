#include "server-stub/ecu_registration.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"
#include "uptane/key.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_serial = 64;
constexpr std::size_t max_hardware_id = 200;

tl::unexpected<refusal> invalid(std::string description) {
  return tl::unexpected(refusal{400, "invalid_entity", std::move(description)});
}

tl::expected<ecu_identity, refusal> read_ecu(const nlohmann::json& item) {
  const auto* serial = text_member(item, "ecu_serial");
  if (serial == nullptr || serial->empty() || serial->size() > max_serial)
    return invalid("an ecu_serial has 1 to 64 characters");
  const auto* hardware_id = text_member(item, "hardware_identifier");
  if (hardware_id == nullptr || hardware_id->size() > max_hardware_id)
    return invalid("a hardware_identifier has at most 200 characters");
  const auto* key = member(item, "clientKey");
  const auto* value = key == nullptr ? nullptr : member(*key, "keyval");
  const auto* type = key == nullptr ? nullptr : text_member(*key, "keytype");
  const auto* text = value == nullptr ? nullptr : text_member(*value, "public");
  if (type == nullptr || text == nullptr)
    return invalid("a clientKey has keytype and keyval.public");
  // Unlike a device, the server tells the types apart by case too.
  if (*type != "RSA" && *type != "ED25519")
    return invalid("a clientKey is of type RSA or ED25519");
  auto parsed = uptane::key_from(*type, *text);
  if (!parsed)
    return invalid("the clientKey of " + *serial + " cannot be read: " + parsed.error());
  return ecu_identity{*serial, *hardware_id, std::move(*parsed)};
}

} // namespace

tl::expected<ecu_set, refusal> read_registration(std::string_view body) {
  const auto document = parse_json(body);
  if (!document)
    return invalid("the body is not JSON");
  const auto* list = member(*document, "ecus");
  const auto* primary = text_member(*document, "primary_ecu_serial");
  if (list == nullptr || !list->is_array() || primary == nullptr)
    return invalid("a registration has ecus and primary_ecu_serial");
  if (list->empty() || list->size() > max_ecus_per_device)
    return invalid("a device has 1 to 64 ECUs");

  ecu_set set;
  set.ecus.reserve(list->size());
  for (const auto& item : *list) {
    auto ecu = read_ecu(item);
    if (!ecu)
      return tl::unexpected(std::move(ecu.error()));
    if (set.find(ecu->serial) != set.ecus.size())
      return invalid("the ecu_serial " + ecu->serial + " is listed twice");
    set.ecus.push_back(std::move(*ecu));
  }
  const auto at = set.find(*primary);
  if (at == set.ecus.size())
    return tl::unexpected(
        refusal{400, "primary_is_not_listed_for_device", "the primary_ecu_serial is not among the ecus"});
  std::rotate(set.ecus.begin(), set.ecus.begin() + static_cast<std::ptrdiff_t>(at),
              set.ecus.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  return set;
}

tl::expected<ecu_set, refusal> replace_ecus(const ecu_set& present, ecu_set wanted) {
  for (const auto& ecu : wanted.ecus)
    if (std::find(present.removed_serials.begin(), present.removed_serials.end(), ecu.serial) !=
        present.removed_serials.end())
      return tl::unexpected(
          refusal{409, "ecu_reuse_not_allowed", "the ECU " + ecu.serial + " was removed from this device before"});
  wanted.removed_serials = present.removed_serials;
  for (const auto& ecu : present.ecus)
    if (wanted.find(ecu.serial) == wanted.ecus.size())
      wanted.removed_serials.push_back(ecu.serial);
  if (wanted.removed_serials.size() > max_removed_serials)
    return tl::unexpected(
        refusal{409, "ecu_replacement_disabled", "this device has replaced too many ECUs; archive it"});
  return wanted;
}

} // namespace otafleet::stub
