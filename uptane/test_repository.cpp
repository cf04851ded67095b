#include "uptane/test_repository.hpp"

#include <mutex>
#include <utility>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "uptane/key.hpp"

namespace otafleet::uptane::testing {
namespace {

/// Room for the keys of many rotations between the Director's and the Image repository's numbers.
constexpr std::size_t numbers_per_repository = 100;

std::string entry_for(std::string_view document, std::int64_t version) {
  return json_object({{"hashes", json_object({{"sha256", json_text(pki::sha256_hex(as_bytes(document)))},
                                              {"sha512", json_text(pki::sha512_hex(as_bytes(document)))}})},
                      {"length", std::to_string(document.size())},
                      {"version", std::to_string(version)}});
}

void replace(json_members& members, const json_members& by) {
  for (const auto& [name, raw] : by) {
    if (raw.empty())
      members.erase(name);
    else
      members[name] = raw;
  }
}

std::string finish(const document_plan& plan, std::string_view type, json_members members) {
  members["_type"] = json_text(type);
  members["expires"] = json_text(plan.expires);
  members["version"] = std::to_string(plan.version);
  replace(members, plan.members);
  return sealed(json_object(members), plan.signers);
}

/// In base64. RSA signatures are salted, but a document must stay the same from the time its hash is taken until it is
/// served: so the signature of a text is made once.
std::string signature_of(const signer& by, std::string_view signed_text) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, pki::sha256_digest>, std::string> made;
  const std::lock_guard lock{mutex};
  auto& signature = made[{server_key_id(by.key.public_part()), pki::sha256(as_bytes(signed_text))}];
  if (signature.empty())
    signature = pki::to_base64(by.key.sign(as_bytes(signed_text)).value());
  return signature;
}

std::string key_object(const signer& of) {
  const auto key = of.key.public_part();
  return json_object({{"keytype", json_text(key_type_text(key))},
                      {"keyval", json_object({{"public", json_text(server_key_text(key))}})}});
}

std::string target_object(const target& of) {
  json_members hashes;
  if (!of.hashes.sha256.empty())
    hashes["sha256"] = json_text(of.hashes.sha256);
  if (!of.hashes.sha512.empty())
    hashes["sha512"] = json_text(of.hashes.sha512);
  json_members custom;
  if (!of.ecus.empty()) {
    json_members ecus;
    for (const auto& [serial, hardware_id] : of.ecus)
      ecus[serial] = json_object({{"hardwareId", json_text(hardware_id)}});
    custom["ecuIdentifiers"] = json_object(ecus);
  }
  if (!of.hardware_ids.empty()) {
    std::vector<std::string> ids;
    for (const auto& id : of.hardware_ids)
      ids.push_back(json_text(id));
    custom["hardwareIds"] = json_array(ids);
  }
  if (!of.format.empty())
    custom["targetFormat"] = json_text(of.format);
  custom["uri"] = of.uri.empty() ? "null" : json_text(of.uri);
  return json_object(
      {{"custom", json_object(custom)}, {"hashes", json_object(hashes)}, {"length", std::to_string(of.length)}});
}

std::string delegation_object(const delegation_plan& of) {
  std::vector<std::string> ids;
  for (const auto& key : of.role.keys)
    ids.push_back(json_text(key.id));
  std::vector<std::string> paths;
  for (const auto& path : of.paths)
    paths.push_back(json_text(path));
  json_members members{{"keyids", json_array(ids)},
                       {"name", json_text(of.name)},
                       {"paths", json_array(paths)},
                       {"terminating", of.terminating ? "true" : "false"},
                       {"threshold", std::to_string(of.role.threshold)}};
  replace(members, of.members);
  return json_object(members);
}

std::string delegations_object(const std::vector<delegation_plan>& of) {
  json_members keys;
  std::vector<std::string> roles;
  for (const auto& one : of) {
    for (const auto& key : one.role.keys)
      keys[key.id] = key_object(key);
    roles.push_back(delegation_object(one));
  }
  return json_object({{"keys", json_object(keys)}, {"roles", json_array(roles)}});
}

std::string targets_document(const targets_plan& plan) {
  json_members list;
  for (const auto& one : plan.list)
    list[one.filename] = target_object(one);
  json_members members{{"targets", json_object(list)}};
  if (!plan.correlation_id.empty())
    members["custom"] = json_object({{"correlationId", json_text(plan.correlation_id)}});
  if (!plan.delegations.empty())
    members["delegations"] = delegations_object(plan.delegations);
  return finish(plan, "Targets", std::move(members));
}

} // namespace

// -- JSON -----------------------------------------------------------------------

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::string json_array(const std::vector<std::string>& raw_items) {
  std::string out = "[";
  for (const auto& item : raw_items)
    out += (out.size() > 1 ? "," : "") + item;
  return out + ']';
}

std::string json_object(const json_members& members) {
  std::string out = "{";
  for (const auto& [name, raw] : members) {
    if (out.size() > 1)
      out += ',';
    out += json_text(name);
    out += ':';
    out += raw;
  }
  return out + '}';
}

// -- keys and signatures --------------------------------------------------------

const signer& signer_number(pki::key_type type, std::size_t number) {
  static std::mutex mutex;
  static std::map<pki::key_type, std::map<std::size_t, signer>> made;
  const std::lock_guard lock{mutex};
  auto& of_type = made[type];
  if (const auto found = of_type.find(number); found != of_type.end())
    return found->second;
  auto key = pki::private_key::generate(type).value();
  auto id = server_key_id(key.public_part());
  return of_type.emplace(number, signer{std::move(key), std::move(id)}).first->second;
}

std::string signature_entry(const signer& by, std::string_view signed_text, std::string_view method) {
  const bool is_ed25519 = by.key.type() == pki::key_type::ed25519;
  const std::string_view own = is_ed25519 ? "ed25519" : "rsassa-pss-sha256";
  return json_object({{"keyid", json_text(by.id)},
                      {"method", json_text(method.empty() ? own : method)},
                      {"sig", json_text(signature_of(by, signed_text))}});
}

std::string envelope_text(std::string_view signed_text, const std::vector<std::string>& signature_entries) {
  return json_object({{"signatures", json_array(signature_entries)}, {"signed", std::string{signed_text}}});
}

std::string sealed(std::string_view signed_text, const std::vector<signer>& by) {
  std::vector<std::string> entries;
  entries.reserve(by.size());
  for (const auto& one : by)
    entries.push_back(signature_entry(one, signed_text));
  return envelope_text(signed_text, entries);
}

// -- documents ------------------------------------------------------------------

test_repository::test_repository(repository which, pki::key_type type)
    : type_(type), next_signer_(which == repository::director ? 0 : numbers_per_repository) {
  for (const auto of : {role::root, role::targets, role::snapshot, role::timestamp})
    set_keys(of, {fresh_signer()}, 1);
}

std::string test_repository::root_text() const {
  json_members keys;
  json_members roles;
  for (const auto& [name, one] : root.roles) {
    std::vector<std::string> ids;
    for (const auto& key : one.keys) {
      keys[key.id] = key_object(key);
      ids.push_back(json_text(key.id));
    }
    roles[name] = json_object({{"keyids", json_array(ids)}, {"threshold", std::to_string(one.threshold)}});
  }
  return finish(root, "Root",
                {{"consistent_snapshot", "false"}, {"keys", json_object(keys)}, {"roles", json_object(roles)}});
}

std::string test_repository::targets_text() const {
  return targets_document(targets);
}

std::string test_repository::delegation_text(const std::string& name) const {
  return targets_document(delegated.at(name));
}

std::string test_repository::snapshot_text() const {
  json_members meta{{"root.json", entry_for(root_text(), root.version)},
                    {"targets.json", entry_for(targets_text(), targets.version)}};
  for (const auto& [name, plan] : delegated)
    meta[name + ".json"] = entry_for(delegation_text(name), plan.version);
  replace(meta, snapshot.meta);
  return finish(snapshot, "Snapshot", {{"meta", json_object(meta)}});
}

std::string test_repository::timestamp_text() const {
  json_members meta{{"snapshot.json", entry_for(snapshot_text(), snapshot.version)}};
  replace(meta, timestamp.meta);
  return finish(timestamp, "Timestamp", {{"meta", json_object(meta)}});
}

signer test_repository::fresh_signer() {
  return signer_number(type_, next_signer_++);
}

void test_repository::rotate(role of) {
  const auto old_root_signers = root.signers;
  ++root.version;
  set_keys(of, {fresh_signer()}, 1);
  if (of == role::root)
    root.signers.insert(root.signers.begin(), old_root_signers.begin(), old_root_signers.end());
  else
    root.signers = root.roles.at("root").keys;
}

targets_plan& test_repository::delegate(targets_plan& from, const std::string& name, std::vector<std::string> paths) {
  const auto key = fresh_signer();
  from.delegations.push_back({.name = name, .role = {{key}, 1}, .paths = std::move(paths), .members = {}});
  auto& document = delegated[name];
  document.signers = {key};
  return document;
}

void test_repository::set_keys(role of, std::vector<signer> keys, std::int64_t threshold) {
  plan_of(of).signers = keys;
  root.roles[std::string{to_string(of)}] = role_plan{std::move(keys), threshold};
}

document_plan& test_repository::plan_of(role of) {
  switch (of) {
  case role::root:
    return root;
  case role::targets:
    return targets;
  case role::snapshot:
    return snapshot;
  case role::timestamp:
    break;
  }
  return timestamp;
}

target test_target(std::string filename, std::uint64_t length) {
  const std::string content(length, 'x');
  target result;
  result.filename = std::move(filename);
  result.length = length;
  result.hashes = {pki::sha256_hex(as_bytes(content)), pki::sha512_hex(as_bytes(content))};
  result.format = "BINARY";
  return result;
}

target director_target(std::string filename, std::uint64_t length, std::string ecu_serial, std::string hardware_id) {
  auto result = test_target(std::move(filename), length);
  result.ecus.emplace(std::move(ecu_serial), std::move(hardware_id));
  return result;
}

target image_target(std::string filename, std::uint64_t length, std::vector<std::string> hardware_ids) {
  auto result = test_target(std::move(filename), length);
  result.hardware_ids = std::move(hardware_ids);
  return result;
}

} // namespace otafleet::uptane::testing
