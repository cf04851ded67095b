// The vehicle's ECUs, and what the Director's list means for them (protocol.md section 5.2).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "uptane/failure.hpp"
#include "uptane/metadata.hpp"
#include "uptane/target.hpp"

namespace otafleet::uptane {

struct ecu {
  std::string serial;
  std::string hardware_id;
  bool is_primary = false;
  /// What it runs; none before the first update.
  std::optional<target> installed;
};

/// The Director targets that at least one ECU does not run yet: steps E1 to E4.
/// `primary_takes_ostree` says whether the primary's package manager is OSTree (E4).
[[nodiscard]] tl::expected<std::vector<target>, failure>
new_targets(const targets& director, std::span<const ecu> vehicle, bool primary_takes_ostree);

} // namespace otafleet::uptane
