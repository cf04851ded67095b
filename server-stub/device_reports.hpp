// What devices tell of themselves beside manifests: hardware, network, packages, configuration (protocol.md
// section 8.1). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "server-stub/device_record.hpp"
#include "server-stub/refusal.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

/// `which` must be one of the four endpoints that take reports.
[[nodiscard]] info_kind report_kind(endpoint which) noexcept;

/// Nothing when the report is as it should be: hardware any JSON object, network an object with the three strings
/// `hostname`, `local_ipv4` and `mac`, packages an array of objects with the strings `name` and `version` (else
/// `invalid_entity`), configuration of type application/toml and not empty (else `malformed_input`).
[[nodiscard]] std::optional<refusal> objection_to_report(info_kind kind, std::string_view content_type,
                                                         std::string_view body);

} // namespace otafleet::stub
