// The closing summary: what a person reads in ten seconds, the verdict first.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/results.hpp"

namespace otafleet::telemetry {

namespace {

constexpr std::size_t name_width = 26;
constexpr std::size_t most_rows = 16;
/// Of the longest one, with the space before it.
constexpr std::size_t mark_width = 5;

// -- figures ------------------------------------------------------------------

[[nodiscard]] std::string printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Three significant digits.
[[nodiscard]] std::string short_number(double value) {
  return printed(value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f", value);
}

/// In the unit that fits.
[[nodiscard]] std::string time_text(double seconds) {
  if (!std::isfinite(seconds))
    return "-";
  if (seconds < 1e-3)
    return short_number(seconds * 1e6) + " us";
  if (seconds < 1)
    return short_number(seconds * 1e3) + " ms";
  return short_number(seconds) + " s";
}

[[nodiscard]] std::string right_aligned(std::string text, std::size_t width) {
  if (text.size() < width)
    text.insert(0, width - text.size(), ' ');
  return text;
}

[[nodiscard]] std::string bytes_text(std::uint64_t bytes) {
  return bytes < 1024 * 1024 ? printed("%.0f KiB", static_cast<double>(bytes) / 1024)
                             : printed("%.1f MiB", static_cast<double>(bytes) / (1024 * 1024));
}

/// One column each, so that rows can be compared.
[[nodiscard]] std::string times_text(const distribution& times) {
  if (times.count == 0)
    return "no samples";
  constexpr std::size_t width = 8;
  return "p50 " + right_aligned(time_text(times.p50), width) + "  p90 " + right_aligned(time_text(times.p90), width) +
         "  p99 " + right_aligned(time_text(times.p99), width) + "  max " + right_aligned(time_text(times.max), width);
}

[[nodiscard]] std::string counted_times(const distribution& times) {
  return right_aligned(std::to_string(times.count), 8) + "  " + times_text(times);
}

[[nodiscard]] std::string plural(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string{noun} + (count == 1 ? "" : "s");
}

/// Words of a server may hold what moves a terminal's cursor.
[[nodiscard]] std::string printable(std::string_view text) {
  std::string result{text};
  for (auto& c : result) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = '?';
  }
  return result;
}

// -- the page -----------------------------------------------------------------

class page {
public:
  page(int width, bool colour) : width_(std::max(width, 40)), colour_(colour) {}

  void line(std::string_view text) {
    text_.append(text.substr(0, static_cast<std::size_t>(width_)));
    text_ += '\n';
  }

  /// `name ......... value`.
  void row(std::string name, std::string_view value, std::string_view mark = {}) {
    if (name.size() < name_width)
      name += ' ' + std::string(name_width - name.size() - 1, '.');
    // The mark is what the row is for, so the value makes room for it.
    const auto room = static_cast<std::size_t>(width_) - (mark.empty() ? 0 : mark_width);
    text_.append(printable("  " + name + ' ' + std::string{value}).substr(0, room));
    if (!mark.empty())
      text_.append(" ").append(mark);
    text_ += '\n';
  }

  void heading(std::string_view text) {
    text_ += '\n';
    text_ += painted(text, "1") + '\n';
  }

  [[nodiscard]] std::string painted(std::string_view text, std::string_view code) const {
    if (!colour_)
      return std::string{text};
    return "\033[" + std::string{code} + "m" + std::string{text} + "\033[0m";
  }

  /// Breaks a sentence at spaces; later lines are indented.
  void sentence(std::string_view raw) {
    const auto whole = printable(raw);
    std::string_view text = whole;
    const auto room = static_cast<std::size_t>(width_) - 4;
    std::string_view lead = "  - ";
    while (!text.empty()) {
      auto end = text.size() <= room ? text.size() : text.rfind(' ', room);
      if (end == std::string_view::npos || end == 0)
        end = std::min(room, text.size());
      text_.append(lead).append(text.substr(0, end)).append("\n");
      text.remove_prefix(std::min(text.size(), end + 1));
      lead = "    ";
    }
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

private:
  int width_;
  bool colour_;
  std::string text_;
};

void add_verdict(page& out, const results& run) {
  std::string_view word = "PASS";
  std::string_view code = "1;32";
  if (run.interrupted) {
    word = "INTERRUPTED";
    code = "1;33";
  } else if (run.outcome == verdict::fail) {
    word = "FAIL";
    code = "1;31";
  } else if (run.outcome == verdict::invalid) {
    word = "INVALID";
    code = "1;33";
  }
  out.line(out.painted(word, code) + "  " + run.scenario_name + "  (exit code " + std::to_string(run.exit_code) +
           ", seed " + std::to_string(run.seed) + ", " + time_text(run.duration_seconds) + ")");
  for (const auto& reason : run.reasons)
    out.sentence(reason);
}

void add_thresholds(page& out, const results& run) {
  if (run.thresholds.empty())
    return;
  out.heading("thresholds");
  for (const auto& one : run.thresholds) {
    // Times are bounded by expressions with a unit; shares and counts speak for themselves.
    const bool is_time = one.name.ends_with(".response") || one.name.ends_with(".service") ||
                         one.name.ends_with(".duration") || one.name.ends_with(".lag");
    const bool is_share = one.name.ends_with(".success") || one.name == "http.failures";
    std::string value = "no samples";
    if (std::isfinite(one.value))
      value = is_time    ? time_text(one.value)
              : is_share ? printed("%.4g%%", one.value * 100)
                         : printed("%.6g", one.value);
    out.row(one.name, one.expression + "   is " + value,
            one.ok ? out.painted("ok", "32") : out.painted("FAIL", "1;31"));
  }
}

void add_fleet(page& out, const results& run) {
  out.heading("fleet");
  out.row("provisioned", std::to_string(run.devices.provisioned) + " of " + plural(run.devices.total, "device") +
                             (run.devices.failed != 0 ? ", " + std::to_string(run.devices.failed) + " failed" : ""));
  if (run.updates.assigned != 0)
    out.row("updated", std::to_string(run.updates.installed) + " of " + std::to_string(run.updates.assigned) +
                           " assigned" +
                           (run.updates.failed != 0 ? ", " + std::to_string(run.updates.failed) + " failed" : ""));
  out.row("provisioning rate", printed("%.1f/s", run.provisioning_rate_per_second));
  const auto& response = run.measured.provisioning_response;
  const auto& service = run.measured.provisioning_service;
  out.row("  response (from schedule)", times_text(response));
  out.row("  service (from start)", times_text(service));
  if (service.count != 0 && response.p99 > 2 * service.p99)
    out.sentence(
        "the p99 from the intended start is more than twice that from the actual start: devices waited for the "
        "generator, so trust the response time");
  if (run.updates.assigned != 0)
    out.row("update, found to reported", times_text(run.measured.updates));
}

void add_verification(page& out, const results& run) {
  out.heading("signature checks");
  out.row("all", counted_times(run.measured.signature_checks));
  for (const auto& [name, times] : run.measured.signature_checks_by_role)
    out.row("  " + name, counted_times(times));
  out.row("failed", right_aligned(std::to_string(run.measured.signature_failures), 8));
}

void add_http(page& out, const results& run) {
  out.heading("requests");
  out.row("all", counted_times(run.measured.http));
  for (const auto& [name, times] : run.measured.http_by_endpoint)
    out.row("  " + name, counted_times(times));
  out.row("bodies downloaded", bytes_text(run.measured.bytes_downloaded));
}

void add_failures(page& out, const results& run) {
  if (run.measured.failures.empty() && run.discrepancies.empty())
    return;
  out.heading("failures");
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  for (const auto& [reason, count] : run.measured.failures)
    sorted.emplace_back(count, reason);
  std::sort(sorted.rbegin(), sorted.rend());
  for (std::size_t i = 0; i != std::min(sorted.size(), most_rows); ++i)
    out.row(sorted[i].second, std::to_string(sorted[i].first));
  for (std::size_t i = 0; i != std::min(run.discrepancies.size(), most_rows); ++i)
    out.sentence(run.discrepancies[i].device + " " + run.discrepancies[i].what);
  if (run.discrepancy_count > most_rows)
    out.sentence("and " + std::to_string(run.discrepancy_count - most_rows) + " more disagreements");
}

/// `ExpiredMetadata::targets 199, UnmetThreshold::root 1`, the most frequent first; without a figure when all refused
/// with that name.
[[nodiscard]] std::string names_text(const attack_result& attack) {
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  for (const auto& [name, devices] : attack.names)
    sorted.emplace_back(devices, name);
  std::sort(sorted.rbegin(), sorted.rend());
  std::string all;
  for (const auto& [devices, name] : sorted)
    all += (all.empty() ? "" : ", ") + name + (devices == attack.refused ? "" : " " + std::to_string(devices));
  return all;
}

void add_attacks(page& out, const results& run) {
  if (run.attacks.empty())
    return;
  out.heading("attacks");
  std::set<std::string> accounts;
  for (const auto& one : run.attacks)
    accounts.insert(one.account);
  for (const auto& one : run.attacks) {
    auto text = one.accepted == 0 ? std::string{} : "accepted by " + std::to_string(one.accepted) + ", ";
    text += "refused by " + std::to_string(one.refused) + " of " + std::to_string(one.devices);
    if (one.served == 0)
      text = "never served";
    else if (!one.names.empty())
      text += ": " + names_text(one);
    out.row(accounts.size() == 1 ? one.kind : one.kind + " (" + one.account + ")", text,
            one.accepted == 0 ? std::string_view{} : out.painted("FAIL", "1;31"));
  }
}

void add_trust(page& out, const results& run) {
  out.heading("can this run be trusted");
  out.row("identity mismatches",
          std::to_string(run.identity.mismatches) + " in " + plural(run.identity.requests_checked, "checked request"));
  if (run.backend.present)
    out.row("backend agrees", run.discrepancy_count == 0 ? "on all " + plural(run.backend.devices, "device")
                                                         : "not on " + plural(run.discrepancy_count, "device"));
  out.row("schedule lag", times_text(run.measured.schedule_lag));
  out.row("generator", printed("%.1f s CPU, ", run.generator.cpu_seconds) + bytes_text(run.generator.peak_rss_bytes) +
                           ", " + plural(run.generator.connections, "connection"));
  if (run.generator.held_back != 0)
    out.row("max_rate held back", plural(run.generator.held_back, "request") + ", the longest for " +
                                      time_text(run.generator.longest_hold_seconds) + "; times include that");
  if (run.backend.present)
    out.row("backend", printed("%.1f s CPU, ", run.backend.cpu_seconds) + bytes_text(run.backend.peak_rss_bytes));
  for (const auto& one : run.stated)
    out.sentence(one);
}

} // namespace

std::string summary_text(const results& run, const std::string& run_directory, int width, bool colour) {
  page out{width, colour};
  out.line("");
  add_verdict(out, run);
  add_thresholds(out, run);
  add_fleet(out, run);
  add_verification(out, run);
  add_http(out, run);
  add_failures(out, run);
  add_attacks(out, run);
  add_trust(out, run);
  out.line("");
  out.line("results in " + run_directory);
  return out.take();
}

} // namespace otafleet::telemetry
