// Devices and assignments as operators read them (protocol.md sections 10.6 and 10.7, and our own /otafleet/v1). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server-stub/attack_ledger.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/director.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

using device_page = std::vector<director::device_copy>;

/// `{"values":[{"device_id",...}],"next":id|null}`; `next` is the last id of a page of `limit` devices.
[[nodiscard]] std::string otafleet_devices(const device_page& page, std::size_t limit);

/// ota-lith's registry: `{"values":[...],"total","offset","limit"}`.
[[nodiscard]] std::string registry_devices(std::string_view account, const device_page& page, std::size_t total,
                                           std::size_t offset, std::size_t limit);

/// ota-lith's `/admin/devices/<id>`: the ECUs that have reported.
[[nodiscard]] std::string director_ecus(const device_record& device);

/// ota-lith's `/assignments/<id>`: one element for each campaign that has the device open.
[[nodiscard]] std::string open_assignments(const device_record& device);

/// `{"values":[...],"next":number|null}`.
[[nodiscard]] std::string audit_page(const std::vector<audit_entry>& entries, std::size_t limit);

using attacks_by_account = std::map<std::string, attack_counts>;

/// `attacks` in it: `{"<account>":{"<kind>":{"served","devices","accepted"}}}` with the kinds that were ever switched
/// on.
[[nodiscard]] std::string status(const statistics& counts, const attacks_by_account& attacks);

} // namespace otafleet::stub
