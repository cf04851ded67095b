#include "telemetry/progress.hpp"

#include <cstdio>

namespace otafleet::telemetry {

namespace {

/// `part/whole`, as wide as `whole/whole`.
[[nodiscard]] std::string out_of(std::uint64_t part, std::uint64_t whole) {
  const auto end = std::to_string(whole);
  auto begin = std::to_string(part);
  if (begin.size() < end.size())
    begin.insert(0, end.size() - begin.size(), ' ');
  return begin + "/" + end;
}

} // namespace

std::string progress_line(const progress_reading& reading, int width) {
  char figures[64];
  std::snprintf(figures, sizeof figures, "%7.1fs  ", std::chrono::duration<double>(reading.elapsed).count());
  std::string line = figures;
  for (const auto& fleet : reading.fleets) {
    line += fleet.name + " " + out_of(fleet.provisioned, fleet.devices) + " provisioned";
    if (fleet.has_goal)
      line += ", " + out_of(fleet.updated, fleet.devices) + " updated";
    if (fleet.failed != 0)
      line += ", " + std::to_string(fleet.failed) + " failed";
    line += "  ";
  }
  std::snprintf(figures, sizeof figures, "%6.0f req/s  %llu failures", reading.requests_per_second,
                static_cast<unsigned long long>(reading.failures));
  line += figures;
  if (width > 1 && line.size() >= static_cast<std::size_t>(width))
    line.resize(static_cast<std::size_t>(width) - 1);
  return line;
}

} // namespace otafleet::telemetry
