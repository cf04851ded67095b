// Verifies served metadata for tests, from the root's keys up and without the device's code.
#pragma once

#include <set>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "pki/key.hpp"

namespace otafleet::stub::testing {

/// The `signed` part of `document` once it holds that the text is compact and canonical, that the root names exactly
/// one key for `role`, that this key's id is the digest of the key, and that the one signature is this key's.
inline nlohmann::json verified(const std::string& document, const std::string& root, const std::string& role) {
  using nlohmann::json;
  const auto parsed = json::parse(document);
  const auto trusted = json::parse(root)["signed"];
  const auto require = [](bool holds, const char* what) {
    if (!holds)
      throw std::runtime_error{what};
  };
  require(parsed.dump(-1, ' ', true) == document, "the document is not canonical");
  require(trusted["roles"][role]["threshold"] == 1 && trusted["roles"][role]["keyids"].size() == 1, "the role is odd");
  const std::string id = trusted["roles"][role]["keyids"][0];
  const auto& key = trusted["keys"][id];
  const std::string text = key["keyval"]["public"];
  const bool is_rsa = key["keytype"] == "RSA";
  require(is_rsa || key["keytype"] == "ED25519", "the key type is unknown");
  const auto read =
      is_rsa ? pki::public_key::from_pem(text) : pki::public_key::from_raw_ed25519(pki::from_hex(text).value());
  require(read.has_value() && pki::sha256_hex(read->spki_der()) == id, "the key id is not the key's");
  require(parsed["signatures"].size() == 1 && parsed["signatures"][0]["keyid"] == id, "another key has signed");
  require(parsed["signatures"][0]["method"] == (is_rsa ? "rsassa-pss-sha256" : "ed25519"), "the method is wrong");
  const auto signature = pki::from_base64(parsed["signatures"][0]["sig"].get<std::string>()).value();
  require(read->verify(as_bytes(parsed["signed"].dump(-1, ' ', true)), signature), "the signature is wrong");
  return parsed["signed"];
}

/// The ids of those keys that `trusted`, a root, names for `role` and that have signed `document`.
inline std::set<std::string> signers_of(const std::string& document, const std::string& trusted,
                                        const std::string& role) {
  using nlohmann::json;
  const auto parsed = json::parse(document);
  const auto root = json::parse(trusted)["signed"];
  std::set<std::string> signers;
  for (const auto& signature : parsed["signatures"])
    for (const std::string id : root["roles"][role]["keyids"]) {
      if (signature["keyid"] != id)
        continue;
      const auto& key = root["keys"][id];
      const std::string text = key["keyval"]["public"];
      const auto read = key["keytype"] == "RSA" ? pki::public_key::from_pem(text)
                                                : pki::public_key::from_raw_ed25519(pki::from_hex(text).value());
      const auto value = pki::from_base64(signature["sig"].get<std::string>()).value();
      if (read->verify(as_bytes(parsed["signed"].dump(-1, ' ', true)), value))
        signers.insert(id);
    }
  return signers;
}

} // namespace otafleet::stub::testing
