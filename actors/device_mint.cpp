#include "actors/device_mint.hpp"

#include <cassert>
#include <utility>

namespace otafleet::actors {

device_mint::device_mint(pki::certificate_authority ca, std::vector<pki::certificate> gateway_authorities)
    : source_(authority{std::move(ca), std::move(gateway_authorities)}) {}

device_mint::device_mint(pki::credential imported) : source_(std::move(imported)) {}

std::string device_mint::only_name() const {
  const auto* imported = std::get_if<pki::credential>(&source_);
  return imported == nullptr ? std::string{} : imported->leaf.common_name();
}

tl::expected<pki::credential, std::string> device_mint::make(const std::string& device_id) const {
  if (const auto* imported = std::get_if<pki::credential>(&source_)) {
    assert(device_id == imported->leaf.common_name());
    return *imported;
  }
  const auto& [ca, gateway] = std::get<authority>(source_);
  auto key = pki::private_key::generate(pki::key_type::ec_p256);
  if (!key)
    return tl::unexpected(std::move(key.error()));
  pki::issue_request wanted;
  wanted.common_name = device_id;
  auto leaf = ca.issue(key->public_part(), wanted);
  if (!leaf)
    return tl::unexpected(std::move(leaf.error()));
  return pki::credential{std::move(*key), std::move(*leaf), gateway};
}

std::string device_mint::authority_pem() const {
  const auto* made_here = std::get_if<authority>(&source_);
  return made_here == nullptr ? std::string{} : made_here->ca.root().pem();
}

} // namespace otafleet::actors
