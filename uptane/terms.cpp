#include "uptane/terms.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace otafleet::uptane {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";

constexpr sys_seconds first_instant = sys_days{std::chrono::year{0} / 1 / 1};
constexpr sys_seconds last_instant = sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::seconds{86399};

bool has_shape(std::string_view text) noexcept {
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char wanted) { return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted; });
}

int number(std::string_view digits) noexcept {
  int value = 0;
  for (const char c : digits)
    value = value * 10 + (c - '0');
  return value;
}

void put(std::string& out, int value, int width) {
  std::array<char, 4> digits{};
  for (int at = width; at-- > 0; value /= 10)
    digits[static_cast<std::size_t>(at)] = static_cast<char>('0' + value % 10);
  out.append(digits.data(), static_cast<std::size_t>(width));
}

} // namespace

std::string_view to_string(repository which) noexcept {
  return which == repository::director ? "director" : "image";
}

std::string_view to_string(role which) noexcept {
  switch (which) {
  case role::root:
    return "root";
  case role::targets:
    return "targets";
  case role::snapshot:
    return "snapshot";
  case role::timestamp:
    return "timestamp";
  }
  return "unknown";
}

tl::expected<utc_time, std::string> utc_time::parse(std::string_view text) {
  if (!has_shape(text))
    return tl::unexpected(std::string{"a date is written as YYYY-MM-DDTHH:MM:SSZ"});
  const std::chrono::year_month_day day{std::chrono::year{number(text.substr(0, 4))},
                                        std::chrono::month{static_cast<unsigned>(number(text.substr(5, 2)))},
                                        std::chrono::day{static_cast<unsigned>(number(text.substr(8, 2)))}};
  const int hour = number(text.substr(11, 2));
  const int minute = number(text.substr(14, 2));
  const int second = number(text.substr(17, 2));
  if (!day.ok() || hour > 23 || minute > 59 || second > 59)
    return tl::unexpected("there is no such date as " + std::string{text});
  const auto at =
      sys_days{day} + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  return utc_time{at.time_since_epoch().count()};
}

utc_time utc_time::from_unix_seconds(std::int64_t seconds) noexcept {
  return utc_time{std::clamp<std::int64_t>(seconds, first_instant.time_since_epoch().count(),
                                           last_instant.time_since_epoch().count())};
}

std::string utc_time::text() const {
  const sys_seconds at{std::chrono::seconds{seconds_}};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day day{midnight};
  const std::chrono::hh_mm_ss time{at - midnight};
  std::string out;
  out.reserve(shape.size());
  put(out, static_cast<int>(day.year()), 4);
  out += '-';
  put(out, static_cast<int>(static_cast<unsigned>(day.month())), 2);
  out += '-';
  put(out, static_cast<int>(static_cast<unsigned>(day.day())), 2);
  out += 'T';
  put(out, static_cast<int>(time.hours().count()), 2);
  out += ':';
  put(out, static_cast<int>(time.minutes().count()), 2);
  out += ':';
  put(out, static_cast<int>(time.seconds().count()), 2);
  out += 'Z';
  return out;
}

} // namespace otafleet::uptane
