// A delegate for tests: its key, the objects that name it, and what it signs, written by hand from protocol.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "pki/key.hpp"

namespace otafleet::stub::testing {

struct delegate {
  pki::private_key key;

  [[nodiscard]] static delegate make(pki::key_type type = pki::key_type::ed25519) {
    return {pki::private_key::generate(type).value()};
  }

  [[nodiscard]] bool is_rsa() const { return key.type() != pki::key_type::ed25519; }
  [[nodiscard]] std::string id() const { return pki::sha256_hex(key.public_part().spki_der()); }

  [[nodiscard]] nlohmann::json key_object() const {
    const auto shown = key.public_part();
    return {{"keytype", is_rsa() ? "RSA" : "ED25519"},
            {"keyval", {{"public", is_rsa() ? shown.spki_pem() : pki::to_hex(shown.raw_ed25519())}}}};
  }

  [[nodiscard]] nlohmann::json role(const std::string& name, const std::vector<std::string>& paths) const {
    return {{"name", name}, {"keyids", {id()}}, {"paths", paths}, {"threshold", 1}, {"terminating", true}};
  }

  /// In canonical form.
  [[nodiscard]] std::string sign(const nlohmann::json& content) const {
    const auto signature = key.sign(as_bytes(content.dump(-1, ' ', true))).value();
    return nlohmann::json{{"signatures", nlohmann::json::array({{{"keyid", id()},
                                                                 {"method", is_rsa() ? "rsassa-pss-sha256" : "ed25519"},
                                                                 {"sig", pki::to_base64(signature)}}})},
                          {"signed", content}}
        .dump(-1, ' ', true);
  }
};

/// Targets with these files by name and content.
inline nlohmann::json targets_of(std::int64_t version, const std::map<std::string, std::string>& files) {
  nlohmann::json content{{"_type", "Targets"},
                         {"expires", "2038-01-01T00:00:00Z"},
                         {"version", version},
                         {"targets", nlohmann::json::object()}};
  for (const auto& [name, bytes] : files)
    content["targets"][name] = {{"hashes", {{"sha256", pki::sha256_hex(as_bytes(bytes))}}},
                                {"length", bytes.size()},
                                {"custom", {{"hardwareIds", {"gw"}}, {"targetFormat", "BINARY"}, {"uri", nullptr}}}};
  return content;
}

} // namespace otafleet::stub::testing
