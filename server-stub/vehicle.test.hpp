// A vehicle for tests: its keys, registrations and manifests, written by hand from protocol.md and not by the device's
// code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "pki/key.hpp"

namespace otafleet::stub::testing {

using nlohmann::json;

inline constexpr const char* sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct test_ecu {
  std::string serial;
  std::string hardware_id;
  pki::private_key key;
  std::string filepath = "unknown";
  std::string sha256 = sha256_of_nothing;
  std::uint64_t length = 0;

  [[nodiscard]] json registration() const {
    const auto shown = key.public_part();
    const bool is_rsa = key.type() != pki::key_type::ed25519;
    return {{"ecu_serial", serial},
            {"hardware_identifier", hardware_id},
            {"clientKey",
             {{"keytype", is_rsa ? "RSA" : "ED25519"},
              {"keyval", {{"public", is_rsa ? shown.spki_pem() : pki::to_upper_hex(shown.raw_ed25519())}}}}}};
  }

  [[nodiscard]] json sign(const json& content) const {
    const auto signature = key.sign(as_bytes(content.dump(-1, ' ', true))).value();
    return {{"signatures", json::array({{{"keyid", std::string(64, 'a')},
                                         {"method", key.type() == pki::key_type::ed25519 ? "ed25519" : "rsassa-pss"},
                                         {"sig", pki::to_base64(signature)}}})},
            {"signed", content}};
  }
};

struct test_vehicle {
  /// Primary first.
  std::vector<test_ecu> ecus;
  std::uint64_t report_counter = 0;

  [[nodiscard]] static test_vehicle make(pki::key_type type = pki::key_type::ed25519, std::string hardware = "gw",
                                         std::size_t secondaries = 0) {
    test_vehicle made;
    made.ecus.push_back({"primary-1", std::move(hardware), pki::private_key::generate(type).value()});
    for (std::size_t at = 0; at < secondaries; ++at)
      made.ecus.push_back({"secondary-" + std::to_string(at + 1), "sec", pki::private_key::generate(type).value()});
    return made;
  }

  [[nodiscard]] std::string registration() const {
    json body{{"primary_ecu_serial", ecus.front().serial}, {"ecus", json::array()}};
    for (const auto& ecu : ecus)
      body["ecus"].push_back(ecu.registration());
    return body.dump();
  }

  [[nodiscard]] json report_of(std::size_t at) const {
    const auto& ecu = ecus[at];
    json report{
        {"attacks_detected", ""},
        {"ecu_serial", ecu.serial},
        {"installed_image",
         {{"filepath", ecu.filepath}, {"fileinfo", {{"hashes", {{"sha256", ecu.sha256}}}, {"length", ecu.length}}}}},
        {"previous_timeserver_time", "1970-01-01T00:00:00Z"},
        {"timeserver_time", "1970-01-01T00:00:00Z"}};
    if (at == 0)
      report["report_counter"] = std::to_string(report_counter);
    return report;
  }

  /// What the primary signs, before a test bends it.
  [[nodiscard]] json vehicle_part(std::optional<bool> success = std::nullopt) {
    ++report_counter;
    json vehicle{{"primary_ecu_serial", ecus.front().serial}, {"ecu_version_manifests", json::object()}};
    for (std::size_t at = 0; at < ecus.size(); ++at)
      vehicle["ecu_version_manifests"][ecus[at].serial] = ecus[at].sign(report_of(at));
    if (success) {
      const json result{
          {"success", *success}, {"code", *success ? "OK" : "INSTALL_FAILED"}, {"description", "as told"}};
      vehicle["installation_report"] = {{"content_type", "application/vnd.com.here.otac.installationReport.v1"},
                                        {"report",
                                         {{"correlation_id", "urn:here-ota:mtu:a1377415-f888-40fd-95e9-1ffcd9063707"},
                                          {"items", json::array({{{"ecu", ecus.front().serial}, {"result", result}}})},
                                          {"raw_report", "as told"},
                                          {"result", result}}}};
    }
    return vehicle;
  }

  [[nodiscard]] std::string manifest(std::optional<bool> success = std::nullopt) {
    return ecus.front().sign(vehicle_part(success)).dump();
  }

  void install(std::size_t at, std::string filepath, std::string_view content) {
    ecus[at].filepath = std::move(filepath);
    ecus[at].sha256 = pki::sha256_hex(as_bytes(content));
    ecus[at].length = content.size();
  }
};

/// An update of `hardware` to `content` under `filename`.
inline std::string update_body(const std::string& hardware, const std::string& filename, std::string_view content) {
  return json{{"targets",
               {{hardware,
                 {{"from", nullptr},
                  {"to",
                   {{"target", filename},
                    {"checksum", {{"method", "sha256"}, {"hash", pki::sha256_hex(as_bytes(content))}}},
                    {"targetLength", content.size()},
                    {"uri", nullptr}}}}}}}}
      .dump();
}

inline constexpr const char* campaign_id = "urn:here-ota:campaign:77db80b3-7397-4a6c-bb74-b08900493baf";

inline std::string assignment_body(const std::string& update_id, const std::vector<std::string>& devices,
                                   bool dry_run = false) {
  return json{{"correlationId", campaign_id}, {"devices", devices}, {"mtuId", update_id}, {"dryRun", dry_run}}.dump();
}

} // namespace otafleet::stub::testing
