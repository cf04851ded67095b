// Everything a run measures: recorded once, read as Prometheus series and as percentiles for the report.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/histogram.hpp"

namespace otafleet::telemetry {

/// What `fleet_metrics` knows at one moment.
struct fleet_reading {
  distribution provisioning_response;
  distribution provisioning_service;
  std::uint64_t provisioned = 0;
  /// Attempts that failed; the device tries again, as the real client does.
  std::uint64_t provisioning_failures = 0;

  distribution signature_checks;
  std::uint64_t signature_failures = 0;
  /// By `role/key_type`.
  std::map<std::string, distribution> signature_checks_by_role;

  distribution metadata_verification;
  distribution updates;
  std::uint64_t updates_succeeded = 0;
  std::uint64_t updates_failed = 0;
  std::uint64_t polls = 0;

  distribution http;
  std::map<std::string, distribution> http_by_endpoint;
  /// By `endpoint/code`, where code is a status or a transport failure.
  std::map<std::string, std::uint64_t> http_answers;
  std::uint64_t bytes_downloaded = 0;

  distribution schedule_lag;
  /// By `kind/outcome`.
  std::map<std::string, std::uint64_t> attacks;
  /// By reason, of devices' failed steps.
  std::map<std::string, std::uint64_t> failures;
};

/// One HTTP exchange as a device's transport saw it.
struct http_sample {
  std::string_view endpoint;
  /// `200`, `404`, or a transport failure's word.
  std::string_view code;
  std::chrono::nanoseconds queued{}, resolve{}, connect{}, tls{}, first_byte{}, body{}, total{};
  std::uint64_t body_bytes = 0;
};

/// Thread safe. Series are resolved once per label value and kept, so that a record costs tens of nanoseconds.
class fleet_metrics {
public:
  fleet_metrics();
  ~fleet_metrics();

  // -- recording --------------------------------------------------------------

  /// `response` runs from the intended start, `service` from the actual one.
  void provisioned(std::chrono::nanoseconds response, std::chrono::nanoseconds service);
  void provisioning_failed(std::string_view reason);
  void signature_checked(std::string_view role, std::string_view key_type, bool ok, std::chrono::nanoseconds took);
  void metadata_verified(std::string_view repository, bool ok, std::chrono::nanoseconds took);
  void http_exchange(const http_sample& sample);
  void device_moved(std::string_view fleet, std::string_view from, std::string_view to);
  void polled();
  void update_succeeded(std::chrono::nanoseconds took);
  void update_failed(std::string_view reason);
  /// A device's step that failed in any other way: a check, a report.
  void step_failed(std::string_view reason);
  void started_late_by(std::chrono::nanoseconds lag);
  void identity_mismatches(std::uint64_t total);
  /// A device refused an attack of this kind for the first time.
  void attack_refused(std::string_view kind);
  /// So many devices have accepted attacks of this kind since the start.
  void attacks_accepted(std::string_view kind, std::uint64_t total);

  // -- reading ----------------------------------------------------------------

  [[nodiscard]] fleet_reading read() const;

  /// Serves `/metrics` on `address` (`127.0.0.1:0` picks a free port) until destroyed. Returns the port, or throws
  /// std::runtime_error with a sentence for the user when it cannot be bound.
  std::uint16_t serve(const std::string& address);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace otafleet::telemetry
