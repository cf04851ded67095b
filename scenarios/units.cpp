#include "scenarios/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace otafleet::scenarios {

namespace {

struct unit {
  std::string_view name;
  double factor;
};

constexpr std::array time_units{unit{"ns", 1},   unit{"us", 1e3},    unit{"ms", 1e6},    unit{"s", 1e9},
                                unit{"m", 60e9}, unit{"h", 3'600e9}, unit{"d", 86'400e9}};
constexpr std::array size_units{unit{"", 1},     unit{"B", 1},           unit{"kB", 1e3}, unit{"KiB", 1'024},
                                unit{"MB", 1e6}, unit{"MiB", 1'048'576}, unit{"GB", 1e9}, unit{"GiB", 1'073'741'824}};
constexpr std::array rate_units{unit{"s", 1}, unit{"min", 60}, unit{"h", 3'600}};

constexpr double longest_nanoseconds = 10'000 * 86'400e9;
constexpr double largest_size = 1'125'899'906'842'624.0;

/// Takes a decimal number off the front of `text`; digits, and one point between two of them.
[[nodiscard]] std::optional<double> take_number(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
  if (error != std::errc{} || stop != text.data() + end || end == 0 || text.front() == '.' || text[end - 1] == '.')
    return std::nullopt;
  text.remove_prefix(end);
  return value;
}

/// Takes the letters off the front of `text`.
[[nodiscard]] std::string_view take_letters(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && ((text[end] >= 'a' && text[end] <= 'z') || (text[end] >= 'A' && text[end] <= 'Z')))
    ++end;
  return std::exchange(text, text.substr(end)).substr(0, end);
}

template <std::size_t N>
[[nodiscard]] std::optional<double> factor_of(const std::array<unit, N>& units, std::string_view name) {
  for (const auto& one : units) {
    if (one.name == name)
      return one.factor;
  }
  return std::nullopt;
}

[[nodiscard]] tl::unexpected<std::string> not_a(std::string_view what, std::string_view text,
                                                std::string_view examples) {
  return tl::unexpected("\"" + std::string{text.substr(0, 60)} + "\" is not a " + std::string{what} + "; write " +
                        std::string{examples});
}

} // namespace

tl::expected<duration, std::string> read_duration(std::string_view text) {
  constexpr std::string_view examples = "a number with ns, us, ms, s, m, h or d, as in 10s, 1.5h or 1m30s";
  auto rest = text;
  double nanoseconds = 0;
  do {
    const auto number = take_number(rest);
    const auto factor = number ? factor_of(time_units, take_letters(rest)) : std::nullopt;
    if (!factor)
      return not_a("duration", text, examples);
    nanoseconds += *number * *factor;
  } while (!rest.empty());
  if (nanoseconds > longest_nanoseconds)
    return not_a("duration", text, "at most 10000d");
  return duration{std::llround(nanoseconds)};
}

tl::expected<std::uint64_t, std::string> read_size(std::string_view text) {
  auto rest = text;
  const auto number = take_number(rest);
  const auto factor = number ? factor_of(size_units, rest) : std::nullopt;
  if (!factor)
    return not_a("size", text, "a number with B, kB, KiB, MB, MiB, GB or GiB, as in 512KiB");
  const auto bytes = *number * *factor;
  if (bytes > largest_size)
    return not_a("size", text, "at most 1048576GiB");
  return static_cast<std::uint64_t>(std::llround(bytes));
}

tl::expected<double, std::string> read_rate(std::string_view text) {
  auto rest = text;
  const auto number = take_number(rest);
  const bool has_slash = number && !rest.empty() && rest.front() == '/';
  const auto divisor = has_slash ? factor_of(rate_units, rest.substr(1)) : std::nullopt;
  if (!divisor || *number <= 0)
    return not_a("rate", text, "a number above zero with /s, /min or /h, as in 50/s");
  return *number / *divisor;
}

tl::expected<double, std::string> read_share(std::string_view text) {
  auto rest = text;
  const auto number = take_number(rest);
  const bool is_percentage = rest == "%";
  if (!number || (!rest.empty() && !is_percentage))
    return not_a("share", text, "a percentage as in 20%, or a fraction as in 0.2");
  const auto share = is_percentage ? *number / 100 : *number;
  if (share > 1)
    return not_a("share", text, "at most 100%, or 1");
  return share;
}

tl::expected<double, std::string> read_number(std::string_view text) {
  auto rest = text;
  const auto number = take_number(rest);
  if (!number || !rest.empty())
    return not_a("number", text, "digits, as in 12 or 0.5");
  return *number;
}

} // namespace otafleet::scenarios
