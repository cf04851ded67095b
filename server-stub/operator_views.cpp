#include "server-stub/operator_views.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

std::string_view to_string(assignment_state state) noexcept {
  switch (state) {
  case assignment_state::none:
    return "none";
  case assignment_state::queued:
    return "queued";
  case assignment_state::in_flight:
    return "in-flight";
  case assignment_state::done:
    return "done";
  case assignment_state::failed:
    return "failed";
  }
  return "none";
}

json date_or_null(std::int64_t seconds) {
  return seconds == 0 ? json(nullptr) : json(uptane::utc_time::from_unix_seconds(seconds).text());
}

json ecu_view(const device_record& device, std::size_t at) {
  const auto& ecu = device.ecus->ecus[at];
  const auto& installed = device.installed[at];
  return {{"serial", ecu.serial},
          {"hardware_id", ecu.hardware_id},
          {"primary", at == 0},
          {"filepath", installed ? json(installed->filepath) : json(nullptr)},
          {"sha256", installed ? json(pki::to_hex(installed->sha256)) : json(nullptr)},
          {"length", installed ? json(installed->length) : json(nullptr)}};
}

json device_view(const director::device_copy& entry) {
  const auto& [id, device] = entry;
  auto ecus = json::array();
  for (std::size_t at = 0; device.ecus && at < device.ecus->ecus.size(); ++at)
    ecus.push_back(ecu_view(device, at));
  auto events = json::object();
  for (std::size_t type = 0; type < event_types.size(); ++type)
    if (const auto count = device.events.count(type); count != 0)
      events[std::string{event_types[type]}] = count;
  return {{"device_id", id},
          {"provisioned", device.provisioned},
          {"registered", device.ecus != nullptr},
          {"ecus", std::move(ecus)},
          {"manifests", device.manifests},
          {"last_report_counter", device.last_report_counter},
          {"counter_regressions", device.counter_regressions},
          {"assignment", to_string(device.assignment)},
          {"events", std::move(events)}};
}

/// The registry's word for where a device stands.
std::string_view registry_status(const device_record& device) noexcept {
  if (device.manifests == 0)
    return "NotSeen";
  switch (device.assignment) {
  case assignment_state::failed:
    return "Error";
  case assignment_state::queued:
    return "Outdated";
  case assignment_state::in_flight:
    return "UpdatePending";
  default:
    return "UpToDate";
  }
}

} // namespace

std::string otafleet_devices(const device_page& page, std::size_t limit) {
  auto values = json::array();
  for (const auto& entry : page)
    values.push_back(device_view(entry));
  return compact(
      {{"values", std::move(values)}, {"next", page.size() < limit ? json(nullptr) : json(page.back().first)}});
}

std::string registry_devices(std::string_view account, const device_page& page, std::size_t total, std::size_t offset,
                             std::size_t limit) {
  auto values = json::array();
  for (const auto& [id, device] : page)
    values.push_back({{"namespace", account},
                      {"uuid", id},
                      {"deviceName", id},
                      {"deviceId", id},
                      {"deviceType", "Other"},
                      {"lastSeen", date_or_null(device.last_seen)},
                      {"createdAt", date_or_null(device.created_at)},
                      {"activatedAt", date_or_null(device.created_at)},
                      {"deviceStatus", registry_status(device)}});
  return compact({{"values", std::move(values)}, {"total", total}, {"offset", offset}, {"limit", limit}});
}

std::string director_ecus(const device_record& device) {
  auto ecus = json::array();
  for (std::size_t at = 0; device.ecus && at < device.ecus->ecus.size(); ++at)
    if (const auto& installed = device.installed[at])
      ecus.push_back({{"id", device.ecus->ecus[at].serial},
                      {"hardwareId", device.ecus->ecus[at].hardware_id},
                      {"primary", at == 0},
                      {"image",
                       {{"filepath", installed->filepath},
                        {"size", installed->length},
                        {"hash", {{"sha256", pki::to_hex(installed->sha256)}}}}}});
  return compact(ecus);
}

std::string open_assignments(const device_record& device) {
  auto campaigns = json::array();
  for (const auto& open : device.assignments) {
    const auto same = [&](const json& one) { return one["correlationId"] == *open.correlation_id; };
    auto campaign = std::find_if(campaigns.begin(), campaigns.end(), same);
    if (campaign == campaigns.end()) {
      campaigns.push_back({{"correlationId", *open.correlation_id}, {"targets", json::object()}, {"inFlight", false}});
      campaign = std::prev(campaigns.end());
    }
    (*campaign)["inFlight"] = (*campaign)["inFlight"].get<bool>() || open.in_flight;
    (*campaign)["targets"][device.ecus->ecus[open.ecu].serial] = {
        {"image",
         {{"filepath", open.image->filepath},
          {"fileinfo", {{"hashes", {{"sha256", pki::to_hex(open.image->sha256)}}}, {"length", open.image->length}}}}},
        {"uri", nullptr}};
  }
  return compact(campaigns);
}

std::string audit_page(const std::vector<audit_entry>& entries, std::size_t limit) {
  auto values = json::array();
  for (const auto& entry : entries)
    values.push_back({{"number", entry.number},
                      {"time", date_or_null(entry.time)},
                      {"account", entry.account},
                      {"actor", entry.actor},
                      {"action", entry.action},
                      {"subject", entry.subject},
                      {"outcome", entry.outcome}});
  return compact(
      {{"values", std::move(values)}, {"next", entries.size() < limit ? json(nullptr) : json(entries.back().number)}});
}

std::string status(const statistics& counts, const attacks_by_account& attacks) {
  auto by_account = json::object();
  for (const auto& [account, by_kind] : attacks) {
    auto& shown = by_account[account] = json::object();
    for (std::size_t at = 0; at < by_kind.size(); ++at)
      if (const auto& count = by_kind[at])
        shown[std::string{to_string(static_cast<attack_kind>(at))}] = {
            {"served", count->served}, {"devices", count->devices}, {"accepted", count->accepted}};
  }
  return compact(
      {{"attacks", std::move(by_account)},
       {"requests", counts.requests()},
       {"identity", {{"requests_checked", counts.requests_checked.load()}, {"mismatches", counts.mismatches.load()}}},
       {"manifests", {{"accepted", counts.manifests_accepted()}, {"refused", counts.manifests_refused()}}},
       {"handshakes", {{"ok", counts.handshakes_ok.load()}, {"failed", counts.handshakes_failed.load()}}},
       {"devices_provisioned", counts.devices_provisioned.load()},
       {"certificates_issued", counts.certificates_issued.load()},
       {"cpu_seconds", cpu_seconds_used()},
       {"peak_rss_bytes", peak_rss_bytes()}});
}

} // namespace otafleet::stub
