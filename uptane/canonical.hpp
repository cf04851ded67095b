// Canonical JSON: the one text of a document that is signed and hashed (protocol.md section 4.2).
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace otafleet::uptane {

/// Rewrites a JSON text as aktualizr's jsoncpp does: keys sorted bytewise, no white space, `\b \f \n \r \t`, `\"`, `\\`
/// and
/// `\u00xx` for control characters, `\uxxxx` in lower case (surrogate pairs) for everything beyond ASCII, `/` as it is.
///
/// Integers of 64 bits (signed or unsigned) are written in decimal. A number with a fraction or an exponent is written
/// as jsoncpp does: 17 significant digits (`%.17g`), with `.0` appended where that would look like an integer. Integers
/// themselves do not belong in metadata beyond 2^53, fractions not at all; but a `custom` member may hold one.
///
/// Fails on anything that is not one JSON document in UTF-8, on a depth over 64, on a repeated object key, on numbers
/// outside of their type, and on trailing characters. Thread safe.
[[nodiscard]] tl::expected<std::string, std::string> canonical_json(std::string_view text);

/// Appends `text` as a JSON string in the same escaping, with its quotes. Invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

} // namespace otafleet::uptane
