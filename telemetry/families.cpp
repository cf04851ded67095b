#include "telemetry/families.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace otafleet::telemetry {

namespace {

using enum metric_kind;
using enum metric_owner;

constexpr std::array families{
    metric_family{"otafleet_provisioning_duration_seconds", histogram, fleet,
                  "From the moment a device was meant to start until it held its certificate: response time.", ""},
    metric_family{"otafleet_provisioning_service_seconds", histogram, fleet,
                  "From the moment a device really started until it held its certificate: service time.", ""},
    metric_family{"otafleet_provisioning_total", counter, fleet,
                  "Provisioning attempts by result, ok or failed; a device tries again after a failed one.", "result"},
    metric_family{"otafleet_signature_check_duration_seconds", histogram, fleet,
                  "Time to check one metadata signature on a device.", "role,key_type,result"},
    metric_family{"otafleet_metadata_verification_duration_seconds", histogram, fleet,
                  "Time to verify the metadata of one repository on a device, without waiting for the network.",
                  "repository,result"},
    metric_family{
        "otafleet_http_request_duration_seconds", histogram, fleet,
        "One HTTP request, from its start to the last byte of the reply; code is the status, or the word of a "
        "transport failure.",
        "endpoint,code"},
    metric_family{
        "otafleet_http_phase_seconds", histogram, fleet,
        "Parts of HTTP requests: queued, resolve, connect, tls, first_byte, body. A part that did not happen is "
        "not counted.",
        "phase"},
    metric_family{"otafleet_devices", gauge, fleet, "Devices by where they are in their life.", "fleet,state"},
    metric_family{"otafleet_polls_total", counter, fleet, "Polls that devices began.", ""},
    metric_family{"otafleet_update_duration_seconds", histogram, fleet,
                  "From the moment a device learned of an update until it had reported it installed.", ""},
    metric_family{"otafleet_updates_total", counter, fleet, "Updates that ended, by result, ok or failed.", "result"},
    metric_family{"otafleet_downloaded_bytes_total", counter, fleet, "Bytes of reply bodies: metadata and images.", ""},
    metric_family{"otafleet_step_failures_total", counter, fleet,
                  "Failed steps of devices by reason; after 64 different reasons the rest is counted as other.",
                  "reason"},
    metric_family{"otafleet_attacks_total", counter, fleet,
                  "Devices that an attack was played on, by how it ended for them: refused or accepted; each device "
                  "counts once per attack.",
                  "kind,outcome"},
    metric_family{"otafleet_schedule_lag_seconds", histogram, fleet,
                  "How late after its intended time a device's step began: the generator's own delay.", ""},
    metric_family{"otafleet_identity_mismatches_total", counter, fleet,
                  "Requests that arrived under another device's certificate; one makes the run invalid.", ""},

    metric_family{"otafleet_stub_requests_total", counter, stub, "Requests that the embedded backend answered.",
                  "endpoint,code"},
    metric_family{"otafleet_stub_identity_checks_total", counter, stub,
                  "Comparisons of certificate and device by result, ok or mismatch.", "result"},
    metric_family{"otafleet_stub_manifests_total", counter, stub,
                  "Device manifests by result, accepted or the reason for the refusal.", "result"},
    metric_family{"otafleet_stub_certificates_issued_total", counter, stub, "Device certificates issued.", ""},
    metric_family{"otafleet_stub_handshakes_total", counter, stub, "TLS handshakes by result, ok or failed.", "result"},
};

std::string_view word(metric_kind kind) {
  switch (kind) {
  case counter:
    return "counter";
  case gauge:
    return "gauge";
  case histogram:
    return "histogram";
  }
  return "";
}

/// `endpoint,code` as "`endpoint` `code`".
std::string label_cell(std::string_view labels) {
  std::string cell;
  while (!labels.empty()) {
    const auto comma = labels.find(',');
    if (!cell.empty())
      cell += ' ';
    cell += '`';
    cell += labels.substr(0, comma);
    cell += '`';
    labels = comma == std::string_view::npos ? std::string_view{} : labels.substr(comma + 1);
  }
  return cell;
}

std::string table_of(metric_owner owner) {
  std::string text = "| name | kind | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& family : families) {
    if (family.owner != owner)
      continue;
    text += "| `";
    text += family.name;
    text += "` | ";
    text += word(family.kind);
    text += " | ";
    text += label_cell(family.labels);
    text += " | ";
    text += family.help;
    text += " |\n";
  }
  return text;
}

} // namespace

std::span<const metric_family> all_families() noexcept {
  return families;
}

const metric_family& family_named(std::string_view name) noexcept {
  const auto found = std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == name; });
  if (found == families.end()) {
    std::fprintf(stderr, "no metric family is called %.*s\n", static_cast<int>(name.size()), name.data());
    std::abort();
  }
  return *found;
}

std::string families_markdown() {
  return "# Metrics\n\n"
         "Generated from `telemetry/families.cpp`; do not edit. Base units are seconds and bytes. Label values are few "
         "and "
         "bounded, never a device.\n\n"
         "## The fleet\n\n"
         "What `otafleet run` serves on `/metrics`. The HTTP server adds three families of its own that begin with "
         "`exposer_`.\n\n" +
         table_of(fleet) +
         "\n## The embedded backend\n\n"
         "What the stub serves on its operator port.\n\n" +
         table_of(stub);
}

} // namespace otafleet::telemetry
