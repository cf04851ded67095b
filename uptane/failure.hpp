// What can be wrong with metadata, under the names that aktualizr gives it (protocol.md section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "uptane/terms.hpp"

namespace otafleet::uptane {

enum class failure_code {
  metadata_fetch_failure,
  invalid_metadata,
  bad_key_id,
  unmet_threshold,
  illegal_threshold,
  non_unique_signatures,
  security_exception,
  root_rotation_error,
  expired_metadata,
  version_mismatch,
  bad_ecu_id,
  bad_hardware_id,
  target_content_mismatch,
  target_mismatch,
  invalid_target,
  oversized_target,
  target_hash_mismatch,
  delegation_missing,
  delegation_hash_mismatch,
};

/// aktualizr's exception class: `ExpiredMetadata`, `UnmetThreshold`, ...
[[nodiscard]] std::string_view to_string(failure_code code) noexcept;

struct failure {
  failure_code code;
  repository repo;
  /// The role whose document failed, or whose keys a root describes wrongly; none where the failure is not of one
  /// document (a target, an ECU).
  std::optional<role> of;
  /// For a person: what was found and what was expected.
  std::string detail;
  /// The delegation whose document failed; empty for the four roles. A server chose it: any UTF-8.
  std::string role_name = {};

  /// `ExpiredMetadata::targets`, `UnmetThreshold::vendor-a`, `BadEcuId`: the name in results and thresholds. A
  /// delegation's name is escaped and cut as in details.
  [[nodiscard]] std::string name() const;

  /// The same with `delegation` in place of a delegation's name: one of a fixed set, for metric labels.
  [[nodiscard]] std::string label() const;
};

} // namespace otafleet::uptane
