#include "server-stub/credentials.hpp"

#include <array>
#include <cstddef>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "pki/credentials_zip.hpp"
#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"
#include "server-stub/publishing.hpp"
#include "uptane/key.hpp"

namespace otafleet::stub {

namespace {

std::string key_json(const pki::public_key& key, const char* half, std::string text) {
  return compact({{"keytype", uptane::key_type_text(key)}, {"keyval", {{half, std::move(text)}}}});
}

/// PEM for RSA; for Ed25519 seed and public key in hex, as ota-tuf has it. Empty when OpenSSL does not show the key.
std::string private_text(const pki::private_key& key) {
  if (key.type() != pki::key_type::ed25519)
    return key.pkcs8_pem();
  std::array<std::byte, 32> seed{};
  auto size = seed.size();
  if (EVP_PKEY_get_raw_private_key(key.native(), reinterpret_cast<unsigned char*>(seed.data()), &size) != 1)
    return {};
  return pki::to_hex(seed) + pki::to_hex(key.public_part().raw_ed25519());
}

} // namespace

tl::expected<bytes, std::string> credentials_archive(account& owner, const std::string& gateway_url,
                                                     const std::string& operator_url, const peculiarities& like) {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected("the credentials of the account " + owner.name() + " could not be put together: " + why);
  };
  const auto root = owner.images().root(1);
  if (!root)
    return failed(root.error().description);
  const auto key = owner.images().targets_key();
  const auto publishing = publishing_url(operator_url, owner);

  pki::credentials_zip content;
  content.gateway_url = gateway_url;
  if (like.provisions)
    content.provisioning_p12 = owner.issuer().credential();
  content.server_ca = {owner.issuer().gateway_root()};
  content.treehub = pki::treehub_access{publishing + "/api/v3", pki::treehub_no_auth{}};
  content.tufrepo_urls = {publishing};
  content.api_gateway_url = publishing;
  content.root_json = **root;
  const auto shown = key.public_part();
  content.targets_public_key = key_json(shown, "public", uptane::server_key_text(shown));
  auto hidden = private_text(key);
  if (hidden.empty())
    return failed("the targets key cannot be read");
  content.targets_private_key = key_json(shown, "private", std::move(hidden));
  return pki::write_credentials_zip(content);
}

} // namespace otafleet::stub
