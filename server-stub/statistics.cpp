#include "server-stub/statistics.hpp"

#include <algorithm>
#include <numeric>

#include <sys/resource.h>

#include "telemetry/families.hpp"

namespace otafleet::stub {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// The place of `value` in a list whose last entry stands for everything else.
template <class List, class Value>
std::size_t place_or_last(const List& list, const Value& value) noexcept {
  return static_cast<std::size_t>(std::find(list.begin(), list.end() - 1, value) - list.begin());
}

void write_sample(std::string& text, std::string_view name, std::string_view labels, std::uint64_t value) {
  text.append(name);
  if (!labels.empty())
    text.append("{").append(labels).append("}");
  text.append(" ").append(std::to_string(value)).append("\n");
}

std::string label(std::string_view name, std::string_view value) {
  return std::string{name}.append("=\"").append(value).append("\"");
}

} // namespace

std::string_view to_string(endpoint which) noexcept {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(endpoint::count_)> names{"provision",
                                                                                                  "ecus",
                                                                                                  "manifest",
                                                                                                  "director_root",
                                                                                                  "director_targets",
                                                                                                  "image_root",
                                                                                                  "image_timestamp",
                                                                                                  "image_snapshot",
                                                                                                  "image_targets",
                                                                                                  "image_download",
                                                                                                  "system_info",
                                                                                                  "network_info",
                                                                                                  "packages",
                                                                                                  "config",
                                                                                                  "events",
                                                                                                  "campaigns",
                                                                                                  "upload",
                                                                                                  "update",
                                                                                                  "assignment",
                                                                                                  "devices",
                                                                                                  "deletion",
                                                                                                  "status",
                                                                                                  "credentials",
                                                                                                  "audit",
                                                                                                  "metrics",
                                                                                                  "director_timestamp",
                                                                                                  "director_snapshot",
                                                                                                  "image_delegation",
                                                                                                  "delegation",
                                                                                                  "rotation",
                                                                                                  "attack",
                                                                                                  "treehub",
                                                                                                  "unknown"};
  const auto at = static_cast<std::size_t>(which);
  return at < names.size() ? names[at] : "unknown";
}

void statistics::count_request(endpoint which, unsigned status) noexcept {
  const auto known = which < endpoint::count_ ? which : endpoint::unknown;
  requests_[static_cast<std::size_t>(known)][place_or_last(statuses, status)].fetch_add(1, relaxed);
}

void statistics::count_manifest(std::string_view refused_for) noexcept {
  const auto result = refused_for.empty() ? manifest_results.front() : refused_for;
  manifests_[place_or_last(manifest_results, result)].fetch_add(1, relaxed);
}

std::uint64_t statistics::manifests_accepted() const noexcept {
  return manifests_.front().load(relaxed);
}

std::uint64_t statistics::manifests_refused() const noexcept {
  return std::accumulate(manifests_.begin() + 1, manifests_.end(), std::uint64_t{0});
}

std::uint64_t statistics::requests() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& of_endpoint : requests_)
    sum = std::accumulate(of_endpoint.begin(), of_endpoint.end(), sum);
  return sum;
}

std::string statistics::prometheus_text() const {
  std::string text;
  for (const auto& family : telemetry::all_families()) {
    if (family.owner != telemetry::metric_owner::stub)
      continue;
    text.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
    text.append("# TYPE ").append(family.name).append(" counter\n");
    if (family.name == "otafleet_stub_requests_total") {
      for (std::size_t at = 0; at < requests_.size(); ++at)
        for (std::size_t code = 0; code < statuses.size(); ++code)
          if (const auto value = requests_[at][code].load(relaxed); value != 0)
            write_sample(text, family.name,
                         label("endpoint", to_string(static_cast<endpoint>(at))) + "," +
                             label("code", statuses[code] == 0 ? "other" : std::to_string(statuses[code])),
                         value);
    } else if (family.name == "otafleet_stub_identity_checks_total") {
      const auto wrong = mismatches.load(relaxed);
      write_sample(text, family.name, label("result", "ok"), requests_checked.load(relaxed) - wrong);
      write_sample(text, family.name, label("result", "mismatch"), wrong);
    } else if (family.name == "otafleet_stub_manifests_total") {
      for (std::size_t at = 0; at < manifests_.size(); ++at)
        write_sample(text, family.name, label("result", manifest_results[at]), manifests_[at].load(relaxed));
    } else if (family.name == "otafleet_stub_certificates_issued_total") {
      write_sample(text, family.name, {}, certificates_issued.load(relaxed));
    } else if (family.name == "otafleet_stub_handshakes_total") {
      write_sample(text, family.name, label("result", "ok"), handshakes_ok.load(relaxed));
      write_sample(text, family.name, label("result", "failed"), handshakes_failed.load(relaxed));
    }
  }
  return text;
}

double cpu_seconds_used() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t peak_rss_bytes() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

} // namespace otafleet::stub
