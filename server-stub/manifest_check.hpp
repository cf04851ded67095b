// PUT /director/manifest: verifies it and says what it reports (protocol.md section 6). Pure; nothing here is the
// device's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

struct ecu_image_report {
  /// Place in the device's `ecu_set`.
  std::size_t ecu = 0;
  image_fact image;
};

struct manifest_content {
  std::vector<ecu_image_report> reports;
  /// The primary's own count of its manifests.
  std::optional<std::uint64_t> report_counter;
  /// By the ECU's place, where the backend wants one in every report; else empty.
  std::vector<std::uint64_t> counters{};
  /// There is an installation report and its overall result is a failure.
  bool failed = false;
  /// The correlation id of the installation report, empty without one.
  std::string correlation_id;
};

/// Checks the outer signature with the primary's key and each report with its own ECU's key.
///
/// Fails with `invalid_entity` when the body is not JSON; `signature_not_valid` when a signature does not hold, a
/// report is of an ECU not in `registered`, or the shape is wrong; `ecu_not_primary` when a well-signed manifest names
/// another primary.
[[nodiscard]] tl::expected<manifest_content, refusal> check_manifest(std::string_view body, const ecu_set& registered);

} // namespace otafleet::stub
