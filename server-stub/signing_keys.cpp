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

tl::expected<std::string, std::string> role_signer::sign(const json& signed_part) const {
  const auto text = compact(signed_part);
  const auto signature = key_.sign(as_bytes(text));
  if (!signature)
    return tl::unexpected(signature.error());
  std::string document = R"({"signatures":[{"keyid":")";
  document.append(key_id_).append(R"(","method":")").append(method_of(key_.type()));
  document.append(R"(","sig":")")
      .append(pki::to_base64(*signature))
      .append(R"("}],"signed":)")
      .append(text)
      .append("}");
  return document;
}

tl::expected<repository_keys, std::string> repository_keys::generate(pki::key_type type, std::int64_t now) {
  auto root = role_signer::generate(type);
  auto targets = role_signer::generate(type);
  auto snapshot = role_signer::generate(type);
  auto timestamp = role_signer::generate(type);
  for (const auto* made : {&root, &targets, &snapshot, &timestamp})
    if (!*made)
      return tl::unexpected(made->error());

  auto content = stub::signed_part("Root", now + root_lifetime_seconds, 1);
  content["consistent_snapshot"] = false;
  const std::pair<const char*, const role_signer*> roles[] = {
      {"root", &*root}, {"targets", &*targets}, {"snapshot", &*snapshot}, {"timestamp", &*timestamp}};
  for (const auto& [name, signer] : roles) {
    content["keys"][signer->key_id()] = key_object(signer->public_key());
    content["roles"][name] = role_object(*signer);
  }
  auto document = root->sign(content);
  if (!document)
    return tl::unexpected(std::move(document.error()));
  return repository_keys{std::move(*root), std::move(*targets), std::move(*snapshot), std::move(*timestamp),
                         std::make_shared<const std::string>(std::move(*document))};
}

json signed_part(std::string_view type, std::int64_t expires, std::int64_t version) {
  return {{"_type", type}, {"expires", uptane::utc_time::from_unix_seconds(expires).text()}, {"version", version}};
}

json description_of(std::string_view document, std::int64_t version) {
  return {
      {"hashes", {{"sha256", pki::sha256_hex(as_bytes(document))}}}, {"length", document.size()}, {"version", version}};
}

} // namespace otafleet::stub
