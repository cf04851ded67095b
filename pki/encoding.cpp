#include "pki/encoding.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace otafleet::pki {
namespace {

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_a_digit = std::numeric_limits<std::uint8_t>::max();

constexpr auto base64_values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_a_digit);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
    table[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

std::string hex_with(byte_view raw, std::string_view digits) {
  std::string result;
  result.reserve(raw.size() * 2);
  for (const auto byte : raw) {
    const auto value = std::to_integer<unsigned>(byte);
    result += digits[value >> 4];
    result += digits[value & 15];
  }
  return result;
}

constexpr int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return -1;
}

constexpr std::uint32_t at(byte_view raw, std::size_t index) noexcept {
  return index < raw.size() ? std::to_integer<std::uint32_t>(raw[index]) : 0;
}

} // namespace

std::string to_hex(byte_view raw) {
  return hex_with(raw, "0123456789abcdef");
}

std::string to_upper_hex(byte_view raw) {
  return hex_with(raw, "0123456789ABCDEF");
}

tl::expected<bytes, std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return tl::unexpected(std::string{"hexadecimal text has an odd number of digits"});
  bytes result;
  result.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0)
      return tl::unexpected("hexadecimal text has a wrong digit at " + std::to_string(high < 0 ? i : i + 1));
    result.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return result;
}

std::string to_base64(byte_view raw) {
  std::string result;
  result.reserve((raw.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    const std::uint32_t group = at(raw, i) << 16 | at(raw, i + 1) << 8 | at(raw, i + 2);
    result += base64_alphabet[group >> 18];
    result += base64_alphabet[group >> 12 & 63];
    result += i + 1 < raw.size() ? base64_alphabet[group >> 6 & 63] : '=';
    result += i + 2 < raw.size() ? base64_alphabet[group & 63] : '=';
  }
  return result;
}

tl::expected<bytes, std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return tl::unexpected(std::string{"base64 text is not a whole number of groups of four"});
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes result;
  result.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto value = k < digits ? base64_values[static_cast<unsigned char>(text[i + k])] : std::uint8_t{0};
      if (value == not_a_digit)
        return tl::unexpected("base64 text has a wrong character at " + std::to_string(i + k));
      group = group << 6 | value;
    }
    for (std::size_t k = 0; k + 1 < digits; ++k)
      result.push_back(static_cast<std::byte>(group >> (16 - 8 * k) & 255));
    // Two spellings of one value would let a signature be altered without breaking it.
    if ((digits == 2 && (group & 0xFFFF) != 0) || (digits == 3 && (group & 0xFF) != 0))
      return tl::unexpected(std::string{"base64 text has bits set behind its last byte"});
  }
  return result;
}

} // namespace otafleet::pki
