#include "uptane/target.hpp"

#include <algorithm>

namespace otafleet::uptane {
namespace {

bool hashes_match(const target_hashes& a, const target_hashes& b) {
  bool common = false;
  for (const auto member : {&target_hashes::sha256, &target_hashes::sha512}) {
    if ((a.*member).empty() || (b.*member).empty())
      continue;
    if (a.*member != b.*member)
      return false;
    common = true;
  }
  return common;
}

/// Every ECU of `director` runs hardware that `image` was made for.
bool fits_on(const target& director, const target& image) {
  return std::all_of(director.ecus.begin(), director.ecus.end(), [&](const auto& ecu) {
    return std::find(image.hardware_ids.begin(), image.hardware_ids.end(), ecu.second) != image.hardware_ids.end();
  });
}

bool only_ecus(const target& t) noexcept {
  return !t.ecus.empty() && t.hardware_ids.empty();
}

bool only_hardware(const target& t) noexcept {
  return t.ecus.empty() && !t.hardware_ids.empty();
}

bool hardware_matches(const target& a, const target& b) {
  if (a.hardware_ids == b.hardware_ids && a.ecus == b.ecus)
    return true;
  if (only_ecus(a) && only_hardware(b))
    return fits_on(a, b);
  return only_hardware(a) && only_ecus(b) && fits_on(b, a);
}

constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || c == '/';
}

} // namespace

bool target::is_ostree() const noexcept {
  return format == "OSTREE" || (format.empty() && length == 0);
}

bool matches(const target& a, const target& b) {
  return a.filename == b.filename && a.length == b.length && hashes_match(a.hashes, b.hashes) && hardware_matches(a, b);
}

std::string url_encoded(std::string_view filename) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  out.reserve(filename.size());
  for (const char c : filename) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += '%';
      out += hex[octet >> 4U];
      out += hex[octet & 0xFU];
    }
  }
  return out;
}

} // namespace otafleet::uptane
