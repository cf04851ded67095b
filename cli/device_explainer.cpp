#include "cli/device_explainer.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace otafleet::cli {

namespace {

constexpr std::size_t longest_text = 300;
constexpr std::size_t path_width = 38;

[[nodiscard]] std::string_view verb_of(device::http_method method) {
  switch (method) {
  case device::http_method::get:
    return "GET";
  case device::http_method::post:
    return "POST";
  case device::http_method::put:
    return "PUT";
  }
  return "";
}

/// Without scheme and host; what leads to another host than the gateway still tells itself by its path.
[[nodiscard]] std::string_view path_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return path == std::string_view::npos ? "/" : url.substr(path);
}

[[nodiscard]] std::string padded(std::string text, std::size_t width) {
  if (text.size() < width)
    text.resize(width, ' ');
  return text;
}

[[nodiscard]] std::string milliseconds(const char* name, std::chrono::microseconds took) {
  char text[64];
  std::snprintf(text, sizeof text, "  %s %6.1f", name, static_cast<double>(took.count()) / 1000);
  return text;
}

/// Of the UTF-8 character that `text` begins with; 0 for what is none or controls a terminal (C0, DEL, C1).
[[nodiscard]] std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto first = byte(0);
  if (first < 0x80)
    return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || text.size() < length || (first == 0xC2 && byte(1) < 0xA0))
    return 0;
  for (std::size_t at = 1; at < length; ++at)
    if ((byte(at) & 0xC0) != 0x80)
      return 0;
  return length;
}

[[nodiscard]] std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

} // namespace

std::string printable(std::string_view untrusted) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string made;
  auto rest = untrusted.substr(0, longest_text);
  while (!rest.empty()) {
    const auto length = character_length(rest);
    if (length != 0) {
      made += rest.substr(0, length);
    } else {
      const auto byte = static_cast<unsigned char>(rest.front());
      made += "\\x";
      made += digits[byte >> 4];
      made += digits[byte & 15];
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (untrusted.size() > longest_text)
    made += "...";
  return made;
}

std::string device_explainer::tinted(std::string_view text, tint with) const {
  if (!options_.colour || with == tint::none)
    return std::string{text};
  const char* const code = with == tint::good ? "32" : with == tint::bad ? "31" : "2";
  return "\033[" + std::string{code} + "m" + std::string{text} + "\033[0m";
}

void device_explainer::say(std::string_view text) {
  std::fprintf(options_.out, "%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(options_.out);
}

void device_explainer::reply_arrived(const device::send_request& asked, const net::reply& reply) {
  const bool has_answer = reply.why == net::failure::none;
  ++(reply.status != 0 ? answers_ : failures_);
  if (!options_.requests_and_checks)
    return;
  document_.clear();
  const auto& timings = reply.timings;
  std::string line =
      padded(std::string{verb_of(asked.method)}, 4) + " " + padded(printable(path_of(asked.url)), path_width) + " ";
  const auto result = has_answer ? std::to_string(reply.status) : std::string{net::to_string(reply.why)};
  line += tinted(result, has_answer && reply.status < 400 ? tint::good : tint::bad);
  char bytes[32];
  std::snprintf(bytes, sizeof bytes, "%9llu B  ", static_cast<unsigned long long>(reply.body_bytes));
  line += bytes;
  line += reply.opened_connection ? "new " : "kept";
  line += tinted(milliseconds("resolve", timings.resolve) + milliseconds("connect", timings.connect) +
                     milliseconds("tls", timings.tls) + milliseconds("first byte", timings.first_byte) +
                     milliseconds("body", timings.body) + milliseconds("total", timings.total) + " ms",
                 tint::quiet);
  say(line);
  if (!has_answer && !reply.detail.empty())
    say("     " + printable(reply.detail));
}

void device_explainer::told(const device::note& what) {
  using device::milestone;
  if (what.what == milestone::provisioned || what.what == milestone::provisioning_failed)
    provisioning_failed_ = what.what == milestone::provisioning_failed;
  campaigns_ += what.what == milestone::campaign_found ? 1 : 0;
  if (what.what == milestone::checked)
    checked_ = what.detail;
  if (!options_.milestones)
    return;
  document_.clear();
  const bool is_bad = !what.reason.empty() && what.what != milestone::failure_reported;
  std::string line = time_of_day() + "  " + tinted(to_string(what.what), is_bad ? tint::bad : tint::none);
  if (!what.reason.empty())
    line += "  " + printable(what.reason);
  if (!what.detail.empty())
    line += "  " + printable(what.detail);
  say(line);
}

void device_explainer::step_judged(uptane::repository repo, std::string_view role_name, std::string_view step,
                                   const uptane::failure* why) {
  if (!options_.requests_and_checks)
    return;
  auto document = std::string{to_string(repo)} + " " + printable(role_name);
  if (document != document_)
    say("  " + document);
  document_ = std::move(document);
  if (why == nullptr)
    say("    " + tinted("ok", tint::good) + "  " + printable(step));
  else
    say("    " + tinted("NO", tint::bad) + "  " + printable(step) + ": " + printable(why->name()) + ": " +
        printable(why->detail));
}

} // namespace otafleet::cli
