#include "server-stub/strict_manifest.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

/// An object with these members and no others; `optional` may be missing.
bool is_object_of(const json* value, std::initializer_list<const char*> required, const char* optional = nullptr) {
  if (value == nullptr || !value->is_object())
    return false;
  const auto has = [&](const char* name) { return value->contains(name); };
  const auto extra = static_cast<std::size_t>(optional != nullptr && has(optional) ? 1 : 0);
  return value->size() == required.size() + extra && std::all_of(required.begin(), required.end(), has);
}

bool is_text(const json& object, const char* name) {
  return text_member(object, name) != nullptr;
}

bool has_result(const json& object) {
  const auto* result = member(object, "result");
  return is_object_of(result, {"code", "description", "success"}) && is_text(*result, "code") &&
         is_text(*result, "description") && (*result)["success"].is_boolean();
}

bool is_installation_report(const json& wrapper) {
  const auto* report = member(wrapper, "report");
  if (!is_object_of(&wrapper, {"content_type", "report"}) || !is_text(wrapper, "content_type") ||
      !is_object_of(report, {"correlation_id", "items", "raw_report", "result"}) ||
      !is_text(*report, "correlation_id") || !is_text(*report, "raw_report") || !has_result(*report))
    return false;
  const auto& items = (*report)["items"];
  return items.is_array() && std::all_of(items.begin(), items.end(), [](const json& item) {
           return is_object_of(&item, {"ecu", "result"}) && is_text(item, "ecu") && has_result(item);
         });
}

bool has_signatures(const json& envelope) {
  if (!is_object_of(&envelope, {"signatures", "signed"}) || !envelope["signatures"].is_array())
    return false;
  const auto& list = envelope["signatures"];
  return std::all_of(list.begin(), list.end(), [](const json& one) {
    return is_object_of(&one, {"keyid", "method", "sig"}) && is_text(one, "keyid") && is_text(one, "method") &&
           is_text(one, "sig");
  });
}

bool is_report(const json& report) {
  if (!is_object_of(&report, {"attacks_detected", "ecu_serial", "installed_image", "previous_timeserver_time",
                              "report_counter", "timeserver_time"}))
    return false;
  const auto* image = member(report, "installed_image");
  const auto* info = image == nullptr ? nullptr : member(*image, "fileinfo");
  const auto* hashes = info == nullptr ? nullptr : member(*info, "hashes");
  return is_object_of(image, {"fileinfo", "filepath"}) && is_object_of(info, {"hashes", "length"}) &&
         is_object_of(hashes, {"sha256"}) && is_text(report, "attacks_detected") && is_text(report, "ecu_serial") &&
         is_text(report, "previous_timeserver_time") && is_text(report, "report_counter") &&
         is_text(report, "timeserver_time");
}

bool has_only_method(const json& envelope, std::string_view method) {
  const auto& list = envelope["signatures"];
  return std::all_of(list.begin(), list.end(), [&](const json& one) { return one["method"] == method; });
}

std::optional<std::uint64_t> read_counter(const std::string& text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

/// Enters the counter of one ECU's report; the code of what is wrong with it, or an empty one.
std::string_view read_report(const json& envelope, std::uint64_t& counter) {
  if (!has_signatures(envelope) || !is_report(envelope["signed"]))
    return "manifest_schema";
  if (!has_only_method(envelope, "rsassa-pss"))
    return "manifest_method";
  const auto& report = envelope["signed"];
  if (report["attacks_detected"] != "")
    return "manifest_attack_detected";
  const auto number = read_counter(report["report_counter"].get_ref<const std::string&>());
  if (!number)
    return "manifest_schema";
  counter = *number;
  return {};
}

} // namespace

refusal strict_manifest_refusal(std::string_view code) {
  return {400, code, "unable to accept robot manifest"};
}

tl::expected<manifest_content, refusal> check_strict_manifest(std::string_view body, const ecu_set& registered) {
  const auto refused = [](std::string_view code) { return tl::unexpected(strict_manifest_refusal(code)); };
  const auto document = parse_json(body);
  if (!document || !has_signatures(*document))
    return refused("manifest_schema");
  const auto& vehicle = (*document)["signed"];
  const auto* reports = member(vehicle, "ecu_version_manifests");
  if (!is_object_of(&vehicle, {"ecu_version_manifests", "primary_ecu_serial"}, "installation_report") ||
      !reports->is_object() ||
      (vehicle.contains("installation_report") && !is_installation_report(vehicle["installation_report"])))
    return refused("manifest_schema");
  if (!has_only_method(*document, "rsassa-pss"))
    return refused("manifest_method");

  std::vector<std::uint64_t> counters(registered.ecus.size());
  for (std::size_t at = 0; at < registered.ecus.size(); ++at) {
    const auto* envelope = member(*reports, registered.ecus[at].serial.c_str());
    if (envelope == nullptr)
      return refused("manifest_ecu_missing");
    if (const auto code = read_report(*envelope, counters[at]); !code.empty())
      return refused(code);
  }
  auto with_one_key = registered;
  for (auto& ecu : with_one_key.ecus)
    ecu.key = registered.ecus.front().key;
  auto checked = check_manifest(body, with_one_key);
  if (!checked)
    return refused(checked.error().code);
  checked->counters = std::move(counters);
  return checked;
}

} // namespace otafleet::stub
