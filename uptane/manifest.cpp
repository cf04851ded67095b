#include "uptane/manifest.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "pki/encoding.hpp"
#include "uptane/canonical.hpp"

// Every body is written key by key in sorted order, which is the canonical form already.
namespace otafleet::uptane {
namespace {

constexpr std::string_view sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// There is no time server in this ecosystem; the members are what is left of it.
constexpr std::string_view no_time = "1970-01-01T00:00:00Z";

constexpr std::string_view report_content_type = "application/vnd.com.here.otac.installationReport.v1";

/// Appends `prefix`, which is JSON already, and then `text` as a JSON string.
void put(std::string& out, std::string_view prefix, std::string_view text) {
  out += prefix;
  append_json_string(out, text);
}

void put_result(std::string& out, const installation_result& result) {
  put(out, R"({"code":)", result.code);
  put(out, R"(,"description":)", result.description);
  out += result.success ? R"(,"success":true})" : R"(,"success":false})";
}

void put_report(std::string& out, const installation_report& report) {
  put(out, R"({"content_type":)", report_content_type);
  put(out, R"(,"report":{"correlation_id":)", report.correlation_id);
  out += R"(,"items":[)";
  std::string_view separator;
  for (const auto& item : report.items) {
    out += separator;
    put(out, R"({"ecu":)", item.ecu_serial);
    out += R"(,"result":)";
    put_result(out, item.result);
    out += '}';
    separator = ",";
  }
  put(out, R"(],"raw_report":)", report.raw_report);
  out += R"(,"result":)";
  put_result(out, report.result);
  out += "}}";
}

} // namespace

ecu_report untouched_ecu(std::string ecu_serial) {
  ecu_report report;
  report.ecu_serial = std::move(ecu_serial);
  report.filepath = "unknown";
  report.sha256 = sha256_of_nothing;
  return report;
}

std::string signed_part(const ecu_report& report) {
  std::string out;
  put(out, R"({"attacks_detected":)", report.attacks_detected);
  put(out, R"(,"ecu_serial":)", report.ecu_serial);
  put(out, R"(,"installed_image":{"fileinfo":{"hashes":{"sha256":)", report.sha256);
  out += R"(},"length":)";
  out += std::to_string(report.length);
  put(out, R"(},"filepath":)", report.filepath);
  put(out, R"(},"previous_timeserver_time":)", no_time);
  if (report.report_counter)
    put(out, R"(,"report_counter":)", std::to_string(*report.report_counter));
  put(out, R"(,"timeserver_time":)", no_time);
  out += '}';
  return out;
}

std::string with_signature(const std::string& signed_text, std::string_view key_id, std::string_view method,
                           byte_view signature) {
  std::string out;
  put(out, R"({"signatures":[{"keyid":)", key_id);
  put(out, R"(,"method":)", method);
  put(out, R"(,"sig":)", pki::to_base64(signature));
  out += R"(}],"signed":)";
  out += signed_text;
  out += '}';
  return out;
}

std::string signed_part(std::string_view primary_ecu_serial, std::vector<signed_ecu_report> reports,
                        const std::optional<installation_report>& report) {
  std::sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.ecu_serial < b.ecu_serial; });
  assert(std::adjacent_find(reports.begin(), reports.end(), [](const auto& a, const auto& b) {
           return a.ecu_serial == b.ecu_serial;
         }) == reports.end());
  std::string out = R"({"ecu_version_manifests":{)";
  std::string_view separator;
  for (const auto& one : reports) {
    put(out, separator, one.ecu_serial);
    out += ':';
    out += one.text;
    separator = ",";
  }
  out += '}';
  if (report) {
    out += R"(,"installation_report":)";
    put_report(out, *report);
  }
  put(out, R"(,"primary_ecu_serial":)", primary_ecu_serial);
  out += '}';
  return out;
}

std::string registration_body(const std::vector<ecu_registration>& ecus) {
  assert(!ecus.empty());
  std::string out = R"({"ecus":[)";
  std::string_view separator;
  for (const auto& one : ecus) {
    out += separator;
    put(out, R"({"clientKey":{"keytype":)", one.key_type);
    put(out, R"(,"keyval":{"public":)", one.key_text);
    put(out, R"(}},"ecu_serial":)", one.ecu_serial);
    put(out, R"(,"hardware_identifier":)", one.hardware_id);
    out += '}';
    separator = ",";
  }
  put(out, R"(],"primary_ecu_serial":)", ecus.front().ecu_serial);
  out += '}';
  return out;
}

} // namespace otafleet::uptane
