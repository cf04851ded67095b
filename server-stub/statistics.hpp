// What the backend counts of itself, and its Prometheus text.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace otafleet::stub {

/// The metric label `endpoint`: what a request was for.
enum class endpoint : std::uint8_t {
  provision,
  ecus,
  manifest,
  director_root,
  director_targets,
  image_root,
  image_timestamp,
  image_snapshot,
  image_targets,
  image_download,
  system_info,
  network_info,
  packages,
  config,
  events,
  campaigns,
  upload,
  update,
  assignment,
  devices,
  deletion,
  status,
  credentials,
  audit,
  metrics,
  director_timestamp,
  director_snapshot,
  image_delegation,
  delegation,
  rotation,
  attack,
  treehub,
  unknown,
  count_
};

[[nodiscard]] std::string_view to_string(endpoint which) noexcept;

/// Thread safe, without locks: each member counts for itself.
class statistics {
public:
  using counter = std::atomic<std::uint64_t>;

  void count_request(endpoint which, unsigned status) noexcept;

  /// A refused manifest by its error code; accepted ones with an empty one.
  void count_manifest(std::string_view refused_for) noexcept;
  [[nodiscard]] std::uint64_t manifests_accepted() const noexcept;
  [[nodiscard]] std::uint64_t manifests_refused() const noexcept;
  [[nodiscard]] std::uint64_t requests() const noexcept;

  counter requests_checked{0};
  counter mismatches{0};
  counter devices_provisioned{0};
  counter certificates_issued{0};
  counter handshakes_ok{0};
  counter handshakes_failed{0};

  /// All families of owner `stub` of telemetry/families.hpp, in Prometheus' text format.
  [[nodiscard]] std::string prometheus_text() const;

  static constexpr std::array<unsigned, 23> statuses{200, 201, 204, 206, 302, 400, 401, 403, 404, 405, 408, 409,
                                                     411, 412, 413, 415, 416, 417, 424, 429, 431, 500, 0};
  static constexpr std::array<std::string_view, 6> manifest_results{
      "accepted", "signature_not_valid", "ecu_not_primary", "device_missing_primary_ecu", "invalid_entity", "other"};

private:
  std::array<std::array<counter, statuses.size()>, static_cast<std::size_t>(endpoint::count_)> requests_{};
  std::array<counter, manifest_results.size()> manifests_{};
};

/// Of this process: user and system time.
[[nodiscard]] double cpu_seconds_used() noexcept;
/// Of this process, the most it ever had in memory.
[[nodiscard]] std::uint64_t peak_rss_bytes() noexcept;

} // namespace otafleet::stub
