#include "server-stub/device_reports.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

bool is_network(const json& report) {
  return text_member(report, "hostname") != nullptr && text_member(report, "local_ipv4") != nullptr &&
         text_member(report, "mac") != nullptr;
}

bool is_package_list(const json& report) {
  return report.is_array() && std::all_of(report.begin(), report.end(), [](const json& package) {
           return text_member(package, "name") != nullptr && text_member(package, "version") != nullptr;
         });
}

/// The media type without its parameters.
std::string_view media_type(std::string_view content_type) noexcept {
  const auto end = content_type.find_first_of("; ");
  return content_type.substr(0, end);
}

} // namespace

info_kind report_kind(endpoint which) noexcept {
  switch (which) {
  case endpoint::network_info:
    return info_kind::network;
  case endpoint::packages:
    return info_kind::packages;
  case endpoint::config:
    return info_kind::config;
  default:
    return info_kind::hardware;
  }
}

std::optional<refusal> objection_to_report(info_kind kind, std::string_view content_type, std::string_view body) {
  if (kind == info_kind::config) {
    if (media_type(content_type) != "application/toml" || body.empty())
      return refusal{400, "malformed_input", "a configuration is sent as application/toml"};
    return std::nullopt;
  }
  const auto report = parse_json(body);
  if (!report)
    return refusal{400, "invalid_entity", "the body is not JSON"};
  if (kind == info_kind::hardware && !report->is_object())
    return refusal{400, "invalid_entity", "hardware information is a JSON object"};
  if (kind == info_kind::network && !is_network(*report))
    return refusal{400, "invalid_entity", "network information has hostname, local_ipv4 and mac"};
  if (kind == info_kind::packages && !is_package_list(*report))
    return refusal{400, "invalid_entity", "packages are a list of objects with name and version"};
  return std::nullopt;
}

} // namespace otafleet::stub
