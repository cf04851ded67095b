// The one list of all metric families: /metrics, docs/metrics.md, dashboards and rules follow it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace otafleet::telemetry {

enum class metric_kind { counter, gauge, histogram };

/// Which process exposes it.
enum class metric_owner { fleet, stub };

struct metric_family {
  std::string_view name;
  metric_kind kind;
  metric_owner owner;
  std::string_view help;
  /// Label names, comma separated; their values are few and bounded, never a device.
  std::string_view labels;
};

[[nodiscard]] std::span<const metric_family> all_families() noexcept;

/// The family of that name. A name that is not in the list is a programming error and ends the program: nothing is
/// exposed that is not documented.
[[nodiscard]] const metric_family& family_named(std::string_view name) noexcept;

/// The text of docs/metrics.md.
[[nodiscard]] std::string families_markdown();

} // namespace otafleet::telemetry
