#include "manifest_check.hpp"

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"

namespace otafleet::fidelity {
namespace {

using nlohmann::json;

std::string written(const json& value) {
  return value.dump(-1, ' ', true);
}

bool holds(const json& sealed, const pki::public_key& key) {
  const auto signature = pki::from_base64(sealed.at("signatures").at(0).at("sig").get<std::string>());
  return signature && key.verify(as_bytes(written(sealed.at("signed"))), *signature);
}

} // namespace

std::string key_id_of(std::string text) {
  while (text.ends_with('\n'))
    text.pop_back();
  return pki::sha256_hex(as_bytes(written(text)));
}

std::map<std::string, pki::public_key> keys_in_registration(std::string_view body) {
  std::map<std::string, pki::public_key> found;
  try {
    const auto registration = json::parse(body);
    for (const auto& ecu : registration.at("ecus")) {
      const auto& text = ecu.at("clientKey").at("keyval").at("public").get_ref<const std::string&>();
      auto key = ecu.at("clientKey").at("keytype") == "RSA"
                     ? pki::public_key::from_pem(text)
                     : pki::public_key::from_raw_ed25519(pki::from_hex(text).value());
      found.emplace(ecu.at("ecu_serial").get<std::string>(), std::move(key.value()));
    }
  } catch (const std::exception&) {
    return {};
  }
  return found;
}

std::vector<std::string> bad_signatures(std::string_view manifest, const std::map<std::string, pki::public_key>& keys) {
  std::vector<std::string> bad;
  try {
    const auto sealed = json::parse(manifest);
    const auto& content = sealed.at("signed");
    if (!holds(sealed, keys.at(content.at("primary_ecu_serial").get<std::string>())))
      bad.emplace_back("the signature of the manifest does not hold");
    for (const auto& [serial, report] : content.at("ecu_version_manifests").items())
      if (!holds(report, keys.at(serial)))
        bad.push_back("the signature of " + serial + "'s report does not hold");
  } catch (const std::exception& why) {
    bad.emplace_back(std::string{"the manifest cannot be judged: "} + why.what());
  }
  return bad;
}

} // namespace otafleet::fidelity
