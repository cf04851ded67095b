// Text forms of bytes: hexadecimal and base64 (RFC 4648).
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"

namespace otafleet::pki {

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(byte_view raw);

/// Upper-case hexadecimal, as aktualizr stores keys and file names (protocol.md section 13, gotcha 3).
[[nodiscard]] std::string to_upper_hex(byte_view raw);

/// Reads hexadecimal of either case; fails on an odd length or any other character.
[[nodiscard]] tl::expected<bytes, std::string> from_hex(std::string_view text);

/// Standard base64 with padding, on one line.
[[nodiscard]] std::string to_base64(byte_view raw);

/// Reads standard base64; fails on white space, missing padding, any other character, and bits set behind the last byte
/// (RFC 4648 section 3.5), so that every value has one spelling only.
[[nodiscard]] tl::expected<bytes, std::string> from_base64(std::string_view text);

} // namespace otafleet::pki
