#include "solo/keychain.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace otafleet::solo {

namespace {

constexpr std::string_view key_prefix = "key/";
constexpr const char* credential_key = "credential/key";
constexpr const char* credential_leaf = "credential/certificate";
constexpr const char* credential_authorities = "credential/authorities";

[[nodiscard]] std::string damaged(std::string_view record, std::string_view why) {
  return "the record '" + std::string{record} + "' is damaged: " + std::string{why};
}

[[nodiscard]] std::string pem_of(const std::vector<pki::certificate>& all) {
  std::string text;
  for (const auto& one : all)
    text += one.pem();
  return text;
}

[[nodiscard]] tl::expected<std::shared_ptr<const net::identity>, std::string> identity_of(const pki::credential& who,
                                                                                          net::sent_chain chain) {
  auto trust = net::trust_store::make(who.authorities);
  if (!trust)
    return tl::unexpected(std::move(trust.error()));
  return std::make_shared<const net::identity>(who.key, who.leaf, std::move(*trust), chain);
}

/// Nothing when there is none.
[[nodiscard]] tl::expected<std::optional<pki::credential>, std::string> credential_in(const records& found) {
  const auto key_text = found.find(credential_key);
  const auto leaf_text = found.find(credential_leaf);
  const auto authorities_text = found.find(credential_authorities);
  const auto there = (key_text != found.end()) + (leaf_text != found.end()) + (authorities_text != found.end());
  if (there == 0)
    return std::nullopt;
  if (there != 3)
    return tl::unexpected(damaged("credential", "a part of it is missing"));
  auto key = pki::private_key::from_pem(key_text->second);
  if (!key)
    return tl::unexpected(damaged(credential_key, key.error()));
  auto leaf = pki::certificate::from_pem(leaf_text->second);
  if (!leaf)
    return tl::unexpected(damaged(credential_leaf, leaf.error()));
  pki::credential made{std::move(*key), std::move(*leaf), {}};
  if (authorities_text->second.empty())
    return made;
  auto authorities = pki::certificate::bundle_from_pem(authorities_text->second);
  if (!authorities)
    return tl::unexpected(damaged(credential_authorities, authorities.error()));
  made.authorities = std::move(*authorities);
  return made;
}

} // namespace

tl::expected<keychain, std::string> keychain::from_records(const records& found, net::sent_chain chain) {
  keychain made{chain};
  for (auto at = found.lower_bound(std::string{key_prefix});
       at != found.end() && std::string_view{at->first}.starts_with(key_prefix); ++at) {
    const auto number = std::string_view{at->first}.substr(key_prefix.size());
    std::uint32_t ecu = 0;
    const auto [end, wrong] = std::from_chars(number.data(), number.data() + number.size(), ecu);
    if (wrong != std::errc{} || end != number.data() + number.size())
      return tl::unexpected(damaged(at->first, "its name must end in the ECU's number"));
    auto key = pki::private_key::from_pem(at->second);
    if (!key)
      return tl::unexpected(damaged(at->first, key.error()));
    made.keys_.emplace(ecu, std::move(*key));
  }
  auto own = credential_in(found);
  if (!own)
    return tl::unexpected(std::move(own.error()));
  if (*own)
    static_cast<void>(made.adopt(std::move(**own)));
  return made;
}

void keychain::add_records(records& into) const {
  for (const auto& [ecu, key] : keys_)
    into.emplace(std::string{key_prefix} + std::to_string(ecu), key.pkcs8_pem());
  if (!own_)
    return;
  into.emplace(credential_key, own_->key.pkcs8_pem());
  into.emplace(credential_leaf, own_->leaf.pem());
  into.emplace(credential_authorities, pem_of(own_->authorities));
}

tl::expected<pki::public_key, std::string> keychain::key_of(std::uint32_t ecu, pki::key_type type) {
  if (const auto found = keys_.find(ecu); found != keys_.end())
    return found->second.public_part();
  auto made = pki::private_key::generate(type);
  if (!made)
    return tl::unexpected("cannot make the Uptane key of ECU " + std::to_string(ecu) + ": " + made.error());
  return keys_.emplace(ecu, std::move(*made)).first->second.public_part();
}

tl::expected<bytes, std::string> keychain::sign(std::uint32_t ecu, std::string_view message) const {
  const auto found = keys_.find(ecu);
  if (found == keys_.end())
    return tl::unexpected("ECU " + std::to_string(ecu) + " has no Uptane key");
  return found->second.sign(as_bytes(message));
}

tl::expected<void, std::string> keychain::adopt(pki::credential own) {
  auto made = identity_of(own, chain_);
  own_ = std::move(own);
  own_identity_ = made ? std::move(*made) : nullptr;
  if (!made)
    return tl::unexpected(std::move(made.error()));
  return {};
}

tl::expected<void, std::string> keychain::share(const pki::credential& shared) {
  auto made = identity_of(shared, net::sent_chain::leaf_and_anchors);
  if (!made)
    return tl::unexpected(std::move(made.error()));
  shared_identity_ = std::move(*made);
  return {};
}

std::shared_ptr<const net::identity> keychain::identity(device::credential_use use) const {
  switch (use) {
  case device::credential_use::shared:
    return shared_identity_ != nullptr ? shared_identity_ : net::identity::nobody();
  case device::credential_use::own:
    return own_identity_ != nullptr ? own_identity_ : net::identity::nobody();
  case device::credential_use::none:
    break;
  }
  return net::identity::nobody();
}

} // namespace otafleet::solo
