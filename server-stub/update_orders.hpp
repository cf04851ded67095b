// What operators order: multi-target updates and their assignment to devices (protocol.md section 10.6). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

struct hardware_update {
  /// Null: whatever is installed.
  image_fact_ptr from;
  image_fact_ptr to;
};

/// By hardware id.
using multi_target_update = std::map<std::string, hardware_update, std::less<>>;

/// Fails with `invalid_entity`.
[[nodiscard]] tl::expected<multi_target_update, refusal> read_update(std::string_view body);

struct assignment_order {
  std::string correlation_id;
  std::vector<std::string> devices;
  std::string update_id;
  bool dry_run = false;
};

inline constexpr std::size_t max_devices_per_order = 100'000;

/// Fails with `invalid_entity`, also for a correlation id that is not `urn:here-ota:campaign|mtu|auto-update:<uuid>`.
[[nodiscard]] tl::expected<assignment_order, refusal> read_assignment(std::string_view body);

/// The ECUs of `device` that the update concerns: its hardware is in it, `from` fits, it does not run `to` already, and
/// nothing is assigned to it.
[[nodiscard]] std::vector<open_assignment> affected_ecus(const device_record& device, const multi_target_update& update,
                                                         const shared_text& correlation_id);

} // namespace otafleet::stub
