#include "server-stub/signing_keys.hpp"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"
#include "uptane/key.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

std::string_view method_of(pki::key_type type) noexcept {
  return type == pki::key_type::ed25519 ? "ed25519" : "rsassa-pss-sha256";
}

json key_object(const pki::public_key& key) {
  return {{"keytype", uptane::key_type_text(key)}, {"keyval", {{"public", uptane::server_key_text(key)}}}};
}

/// The whole document around `signed_part`, with one signature of each signer.
tl::expected<std::string, std::string> sealed(const json& signed_part, const std::vector<const role_signer*>& signers) {
  const auto text = compact(signed_part);
  std::string document = R"({"signatures":[)";
  for (const auto* signer : signers) {
    auto entry = signer->signature_entry(text);
    if (!entry)
      return entry;
    document.append(signer == signers.front() ? "" : ",").append(*entry);
  }
  return document.append(R"(],"signed":)").append(text).append("}");
}

json role_object(const role_signer& signer) {
  return {{"keyids", json::array({signer.key_id()})}, {"threshold", 1}};
}

} // namespace

std::int64_t system_utc_clock() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

tl::expected<role_signer, std::string> role_signer::generate(pki::key_type type) {
  if (type == pki::key_type::ec_p256)
    return tl::unexpected(std::string{"metadata cannot be signed with ec-p256 keys; choose ed25519 or rsa-2048"});
  auto key = pki::private_key::generate(type);
  if (!key)
    return tl::unexpected(std::move(key.error()));
  auto id = uptane::server_key_id(key->public_part());
  return role_signer{std::move(*key), std::move(id)};
}

tl::expected<std::string, std::string> role_signer::signature_entry(std::string_view text) const {
  const auto signature = key_.sign(as_bytes(text));
  if (!signature)
    return tl::unexpected(signature.error());
  std::string entry = R"({"keyid":")";
  entry.append(key_id_).append(R"(","method":")").append(method_of(key_.type()));
  entry.append(R"(","sig":")").append(pki::to_base64(*signature)).append(R"("})");
  return entry;
}

tl::expected<std::string, std::string> role_signer::sign(const json& signed_part) const {
  return sealed(signed_part, {this});
}

tl::expected<repository_keys, std::string> repository_keys::generate(pki::key_type type, std::int64_t now) {
  auto root = role_signer::generate(type);
  auto targets = role_signer::generate(type);
  auto snapshot = role_signer::generate(type);
  auto timestamp = role_signer::generate(type);
  for (const auto* made : {&root, &targets, &snapshot, &timestamp})
    if (!*made)
      return tl::unexpected(made->error());
  repository_keys keys{std::move(*root), std::move(*targets), std::move(*snapshot), std::move(*timestamp), {}};
  auto document = keys.make_root(1, now);
  if (!document)
    return tl::unexpected(std::move(document.error()));
  keys.roots.push_back(std::make_shared<const std::string>(std::move(*document)));
  return keys;
}

tl::expected<repository_keys, refusal> repository_keys::rotated(const std::set<uptane::role>& roles,
                                                                std::int64_t now) const {
  const auto failed = [](std::string why) {
    return tl::unexpected(refusal{500, "internal_server_error", std::move(why)});
  };
  if (roots.size() >= max_roots)
    return tl::unexpected(refusal{409, "too_many_elements", "a repository has at most 1000 roots"});
  auto next = *this;
  for (const auto of : roles) {
    auto& signer = of == uptane::role::root       ? next.root
                   : of == uptane::role::targets  ? next.targets
                   : of == uptane::role::snapshot ? next.snapshot
                                                  : next.timestamp;
    auto fresh = role_signer::generate(signer.public_key().type());
    if (!fresh)
      return failed(std::move(fresh.error()));
    signer = std::move(*fresh);
  }
  const bool has_new_root_key = next.root.key_id() != root.key_id();
  auto document = has_new_root_key ? next.make_root(root_version() + 1, now, {&root}) //
                                   : next.make_root(root_version() + 1, now);
  if (!document)
    return failed(std::move(document.error()));
  next.roots.push_back(std::make_shared<const std::string>(std::move(*document)));
  return next;
}

tl::expected<shared_text, refusal> repository_keys::root_of(std::int64_t version) const {
  if (version == 0)
    return roots.back();
  if (version < 0 || version > root_version())
    return tl::unexpected(
        refusal{404, "root_role_not_found", "there is no root of version " + std::to_string(version)});
  return roots[static_cast<std::size_t>(version - 1)];
}

tl::expected<std::string, std::string>
repository_keys::make_root(std::int64_t version, std::int64_t now,
                           std::initializer_list<const role_signer*> also_signed_by) const {
  auto content = stub::signed_part("Root", now + root_lifetime_seconds, version);
  content["consistent_snapshot"] = false;
  const std::pair<const char*, const role_signer*> roles[] = {
      {"root", &root}, {"targets", &targets}, {"snapshot", &snapshot}, {"timestamp", &timestamp}};
  for (const auto& [name, signer] : roles) {
    content["keys"][signer->key_id()] = key_object(signer->public_key());
    content["roles"][name] = role_object(*signer);
  }
  std::vector<const role_signer*> signers{&root};
  signers.insert(signers.end(), also_signed_by);
  return sealed(content, signers);
}

json signed_part(std::string_view type, std::int64_t expires, std::int64_t version) {
  return {{"_type", type}, {"expires", uptane::utc_time::from_unix_seconds(expires).text()}, {"version", version}};
}

json description_of(std::string_view document, std::int64_t version) {
  return {
      {"hashes", {{"sha256", pki::sha256_hex(as_bytes(document))}}}, {"length", document.size()}, {"version", version}};
}

} // namespace otafleet::stub
