#include "device/gvariant.hpp"

#include <algorithm>

namespace otafleet::device::gvariant {
namespace {

std::size_t octet(byte_view bytes, std::size_t at) noexcept {
  return std::to_integer<std::size_t>(bytes[at]);
}

/// The little-endian offset at `at`.
std::size_t offset_at(byte_view container, std::size_t at, std::size_t width) noexcept {
  std::size_t value = 0;
  for (std::size_t i = width; i-- > 0;)
    value = value << 8 | octet(container, at + i);
  return value;
}

std::uint64_t big_endian(byte_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const auto one : bytes)
    value = value << 8 | std::to_integer<std::uint64_t>(one);
  return value;
}

/// The length of the UTF-8 sequence that `text` begins with; 0 when it is none (RFC 3629: shortest form, no
/// surrogates).
std::size_t sequence_length(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = at(0);
  if (first < 0x80)
    return 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80)
      return 0;
  const bool too_low = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool too_high = (first == 0xed && at(1) > 0x9f) || (first == 0xf4 && at(1) > 0x8f);
  return too_low || too_high ? 0 : length;
}

} // namespace

std::size_t offset_width(std::size_t size) noexcept {
  return size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffffffff ? 4 : 8;
}

std::optional<std::vector<byte_view>> tuple(byte_view serialised, std::span<const type> children) {
  const auto varying = static_cast<std::size_t>(std::ranges::count(children, 0u, &type::size));
  // The last child ends where the offsets begin, so it needs none of its own.
  const std::size_t offsets = varying - (children.back().size == 0 ? 1 : 0);
  const auto width = offset_width(serialised.size());
  if (offsets * width > serialised.size())
    return std::nullopt;
  const auto body = serialised.size() - offsets * width;

  std::vector<byte_view> result;
  result.reserve(children.size());
  std::size_t end = 0;
  std::size_t next_offset = serialised.size(); // Offsets stand in reverse order.
  for (const auto& child : children) {
    const auto start = (end + child.alignment - 1) / child.alignment * child.alignment;
    for (; end < std::min(start, body); ++end)
      if (serialised[end] != std::byte{0})
        return std::nullopt;
    const bool last = &child == &children.back();
    if (child.size != 0)
      end = start + child.size;
    else if (last)
      end = body;
    else
      end = offset_at(serialised, next_offset -= width, width);
    if (start > end || end > body)
      return std::nullopt;
    result.push_back(serialised.subspan(start, end - start));
  }
  if (end != body)
    return std::nullopt;
  return result;
}

std::optional<std::vector<byte_view>> array(byte_view serialised, std::size_t most) {
  std::vector<byte_view> result;
  if (serialised.empty())
    return result;
  const auto width = offset_width(serialised.size());
  if (serialised.size() < width)
    return std::nullopt;
  // The last offset, the end of the last element, is where the offsets begin.
  const auto body = offset_at(serialised, serialised.size() - width, width);
  if (body >= serialised.size() || (serialised.size() - body) % width != 0)
    return std::nullopt;
  const auto count = (serialised.size() - body) / width;
  if (count > most)
    return std::nullopt;
  result.reserve(count);
  std::size_t start = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto end = offset_at(serialised, body + i * width, width);
    if (end < start || end > body)
      return std::nullopt;
    result.push_back(serialised.subspan(start, end - start));
    start = end;
  }
  return result;
}

std::optional<std::string_view> string(byte_view serialised) {
  auto rest = as_text(serialised);
  if (rest.empty() || rest.find('\0') != rest.size() - 1)
    return std::nullopt;
  rest.remove_suffix(1);
  const auto result = rest;
  while (!rest.empty()) {
    const auto length = sequence_length(rest);
    if (length == 0)
      return std::nullopt;
    rest.remove_prefix(length);
  }
  return result;
}

std::uint32_t big_endian_32(byte_view serialised) noexcept {
  return static_cast<std::uint32_t>(big_endian(serialised.first(4)));
}

std::uint64_t big_endian_64(byte_view serialised) noexcept {
  return big_endian(serialised.first(8));
}

} // namespace otafleet::device::gvariant
