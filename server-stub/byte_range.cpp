#include "server-stub/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace otafleet::stub {

namespace {

std::optional<std::uint64_t> number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

} // namespace

byte_range read_range(std::string_view header, std::uint64_t size) noexcept {
  constexpr std::string_view unit = "bytes=";
  const byte_range whole{byte_range::kind::whole, 0, size};
  const byte_range unsatisfiable{byte_range::kind::unsatisfiable, 0, 0};
  if (!header.starts_with(unit))
    return whole;
  const auto range = header.substr(unit.size());
  const auto dash = range.find('-');
  if (dash == std::string_view::npos)
    return whole;

  const auto first_text = range.substr(0, dash);
  const auto last_text = range.substr(dash + 1);
  if (first_text.empty()) {
    const auto count = number(last_text);
    if (!count)
      return whole;
    if (*count == 0 || size == 0)
      return unsatisfiable;
    const auto length = std::min(*count, size);
    return {byte_range::kind::part, size - length, length};
  }
  const auto first = number(first_text);
  const auto last = last_text.empty() ? std::optional{UINT64_MAX} : number(last_text);
  if (!first || !last || *last < *first)
    return whole;
  if (*first >= size)
    return unsatisfiable;
  return {byte_range::kind::part, *first, std::min(*last, size - 1) - *first + 1};
}

} // namespace otafleet::stub
