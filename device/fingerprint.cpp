#include "device/fingerprint.hpp"

#include <charconv>
#include <string>

#include "pki/bytes.hpp"
#include "pki/digest.hpp"

namespace otafleet::device {

std::uint64_t fingerprint(std::string_view text) {
  const auto hex = pki::sha256_hex(as_bytes(text));
  std::uint64_t value = 0;
  std::from_chars(hex.data(), hex.data() + 16, value, 16);
  return value == 0 ? 1 : value;
}

} // namespace otafleet::device
