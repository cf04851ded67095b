#include "server-stub/delegations.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"
#include "uptane/canonical.hpp"
#include "uptane/key.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

constexpr std::size_t max_entries = 1'000;
constexpr std::size_t max_signatures = 64;
constexpr std::size_t max_name = 50;
constexpr std::size_t max_path = 253;

tl::unexpected<refusal> invalid(std::string what) {
  return tl::unexpected(refusal{400, "invalid_entity", std::move(what)});
}

tl::unexpected<refusal> untrustworthy(std::string what) {
  return tl::unexpected(refusal{400, "trusted_delegations_invalid", std::move(what)});
}

/// A file name in URLs and snapshots: ASCII without separators.
bool is_delegation_name(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 4> roles{"root", "targets", "snapshot", "timestamp"};
  return !name.empty() && name.size() <= max_name && name.find("..") == name.npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '/' && c != '\\'; }) &&
         std::find(roles.begin(), roles.end(), name) == roles.end();
}

std::optional<pki::public_key> read_key(const json& object) {
  const auto* type = text_member(object, "keytype");
  const auto* value = member(object, "keyval");
  const auto* text = value == nullptr ? nullptr : text_member(*value, "public");
  if (type == nullptr || text == nullptr)
    return std::nullopt;
  auto key = uptane::key_from(*type, *text);
  return key ? std::optional{std::move(*key)} : std::nullopt;
}

std::optional<std::vector<std::string>> read_texts(const json& object, const char* name) {
  const auto* list = member(object, name);
  if (list == nullptr || !list->is_array() || list->size() > max_entries)
    return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& one : *list) {
    const auto* text = one.get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > max_path)
      return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

std::optional<std::vector<delegated_role>> read_roles(const json& list) {
  if (!list.is_array() || list.size() > max_entries)
    return std::nullopt;
  std::vector<delegated_role> roles;
  for (const auto& one : list) {
    const auto* name = text_member(one, "name");
    auto key_ids = read_texts(one, "keyids");
    auto paths = read_texts(one, "paths");
    const auto* terminating = member(one, "terminating");
    const auto threshold = member(one, "threshold") == nullptr ? std::optional<std::uint64_t>{1} //
                                                               : count_member(one, "threshold");
    if (name == nullptr || !key_ids || !paths || !threshold || *threshold > max_entries ||
        (terminating != nullptr && !terminating->is_boolean()))
      return std::nullopt;
    roles.push_back({*name, std::move(*key_ids), std::move(*paths), static_cast<std::int64_t>(*threshold),
                     terminating == nullptr || terminating->get<bool>()});
  }
  return roles;
}

/// The `delegations` of a delegate's own document.
std::optional<delegations> read_nested(const json& content) {
  delegations nested;
  const auto* member_of = member(content, "delegations");
  if (member_of == nullptr || member_of->is_null())
    return nested;
  const auto* keys = member(*member_of, "keys");
  const auto* roles = member(*member_of, "roles");
  if (keys == nullptr || !keys->is_object() || keys->size() > max_entries || roles == nullptr)
    return std::nullopt;
  for (const auto& [id, object] : keys->items()) {
    auto key = read_key(object);
    if (!key)
      return std::nullopt;
    nested.keys.emplace(id, std::move(*key));
  }
  auto read = read_roles(*roles);
  if (!read)
    return std::nullopt;
  nested.roles = std::move(*read);
  return check_delegations(nested) ? std::optional{std::move(nested)} : std::nullopt;
}

bool names_method_of(const pki::public_key& key, std::string_view method) noexcept {
  if (key.type() == pki::key_type::ed25519)
    return method == "ed25519";
  return method == "rsassa-pss" || method == "rsassa-pss-sha256";
}

/// True when enough of the role's keys have signed `message`.
bool is_signed_for(const delegated_role& role, const delegations& by, const json& signatures,
                   std::string_view message) {
  std::set<std::string_view> signers;
  for (const auto& one : signatures) {
    const auto* id = text_member(one, "keyid");
    const auto* method = text_member(one, "method");
    const auto* text = text_member(one, "sig");
    if (id == nullptr || method == nullptr || text == nullptr ||
        std::find(role.key_ids.begin(), role.key_ids.end(), *id) == role.key_ids.end())
      continue;
    const auto key = by.keys.find(*id);
    const auto value = pki::from_base64(*text);
    if (key != by.keys.end() && value && names_method_of(key->second, *method) &&
        key->second.verify(as_bytes(message), *value))
      signers.insert(key->first);
  }
  return static_cast<std::int64_t>(signers.size()) >= role.threshold;
}

bool is_targets_document(const json& content) {
  const auto* type = text_member(content, "_type");
  const auto* expires = text_member(content, "expires");
  const auto* targets = member(content, "targets");
  const auto version = count_member(content, "version");
  return type != nullptr && *type == "Targets" && expires != nullptr && uptane::utc_time::parse(*expires) &&
         targets != nullptr && targets->is_object() && version && *version >= 1 &&
         *version <= std::numeric_limits<std::int32_t>::max();
}

} // namespace

tl::expected<std::map<std::string, pki::public_key>, refusal> read_trusted_keys(std::string_view body) {
  const auto list = parse_json(body);
  if (!list || !list->is_array() || list->size() > max_entries)
    return invalid("keys come as a list of at most 1000 key objects");
  std::map<std::string, pki::public_key> keys;
  for (const auto& object : *list) {
    auto key = read_key(object);
    if (!key)
      return invalid("a key has a keytype of RSA or ED25519 and a keyval.public of that type");
    auto id = uptane::server_key_id(*key);
    keys.emplace(std::move(id), std::move(*key));
  }
  return keys;
}

tl::expected<std::vector<delegated_role>, refusal> read_trusted_roles(std::string_view body) {
  const auto list = parse_json(body);
  auto roles = list ? read_roles(*list) : std::nullopt;
  if (!roles)
    return invalid("delegations come as a list of at most 1000 objects with name, keyids, paths, threshold and "
                   "terminating");
  return std::move(*roles);
}

tl::expected<void, refusal> check_delegations(const delegations& trusted) {
  std::set<std::string_view> names;
  for (const auto& role : trusted.roles) {
    if (!is_delegation_name(role.name))
      return untrustworthy("a delegation's name has 1 to 50 printable ASCII characters, no separators, and is not that "
                           "of a role");
    if (!names.insert(role.name).second)
      return untrustworthy("the delegation " + role.name + " is listed twice");
    const std::set<std::string_view> signers{role.key_ids.begin(), role.key_ids.end()};
    for (const auto& id : role.key_ids)
      if (!trusted.keys.contains(id))
        return untrustworthy("Invalid delegation key referenced by: " + role.name);
    if (role.threshold < 1 || static_cast<std::size_t>(role.threshold) > signers.size())
      return untrustworthy("the threshold of the delegation " + role.name + " cannot be met by its keys");
  }
  return {};
}

tl::expected<delegated_document, refusal> read_delegated_document(std::string_view name, std::string_view body,
                                                                  const delegations& trusted,
                                                                  const delegated_documents& present) {
  const auto document = parse_json(body);
  const auto* content = document ? member(*document, "signed") : nullptr;
  const auto* signatures = document ? member(*document, "signatures") : nullptr;
  if (content == nullptr || signatures == nullptr || !signatures->is_array() || signatures->size() > max_signatures)
    return invalid("a delegation is a signed document with at most 64 signatures");

  // Several may delegate to one name, each with other keys.
  std::vector<const delegations*> delegating{&trusted};
  for (const auto& [of, one] : present)
    delegating.push_back(&one->nested);
  auto text = uptane::canonical_json(body);
  const auto message = uptane::canonical_json(content->dump());
  if (!text || !message)
    return invalid("the document has no canonical form: it repeats a key, or holds a number out of range");
  bool is_defined = false;
  bool is_signed = false;
  for (const auto* by : delegating)
    for (const auto& role : by->roles)
      if (role.name == name) {
        is_defined = true;
        is_signed = is_signed || is_signed_for(role, *by, *signatures, *message);
      }
  if (!is_defined)
    return tl::unexpected(
        refusal{400, "delegations_not_defined", "nobody delegates to " + std::string{name} + "; do that first"});
  if (!is_signed)
    return tl::unexpected(refusal{400, "payload_signature_invalid",
                                  "the document is not signed by as many of the delegation's keys as it must be"});
  if (!is_targets_document(*content))
    return invalid("a delegation is of _type Targets, with a version from 1, expires and targets");
  auto nested = read_nested(*content);
  if (!nested)
    return invalid("the document's own delegations are broken");

  const auto version = static_cast<std::int64_t>(*count_member(*content, "version"));
  const auto before = present.find(name);
  // Devices keep what they have at an equal version, and refuse a lower one.
  if (before != present.end() && version <= before->second->version && *before->second->text != *text)
    return tl::unexpected(refusal{409, "invalid_version_bump",
                                  "version " + std::to_string(version) + " does not follow version " +
                                      std::to_string(before->second->version)});
  return delegated_document{std::make_shared<const std::string>(std::move(*text)), version, std::move(*nested)};
}

nlohmann::json delegations_json(const delegations& trusted) {
  json object{{"keys", json::object()}, {"roles", json::array()}};
  for (const auto& [id, key] : trusted.keys)
    object["keys"][id] = {{"keytype", uptane::key_type_text(key)},
                          {"keyval", {{"public", uptane::server_key_text(key)}}}};
  for (const auto& role : trusted.roles)
    object["roles"].push_back({{"name", role.name},
                               {"keyids", role.key_ids},
                               {"paths", role.paths},
                               {"threshold", role.threshold},
                               {"terminating", role.terminating}});
  return object;
}

} // namespace otafleet::stub
