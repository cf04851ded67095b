// Compares what devices did with what the backend believes (design section 3, rule 5). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "actors/fleet_actor.hpp"
#include "actors/operator_api.hpp"
#include "telemetry/results.hpp"

namespace otafleet::actors {

/// The backend's devices of one account, by id.
using backend_view = std::map<std::string, backend_device>;

/// Everything on which records and backend disagree: a provisioned device that the backend does not know, one that it
/// knows and nobody played, another image than the one reported. Devices that were cut off in the middle of a request
/// are left out: their last words may have arrived or not. A backend that was there before the run may know devices of
/// others; `has_others` says that it does.
[[nodiscard]] std::vector<telemetry::discrepancy> compare(const std::vector<const device_record*>& records,
                                                          const backend_view& backend, bool has_others = false);

} // namespace otafleet::actors
