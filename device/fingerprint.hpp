// Tells whether a text is the one that was sent before, in eight bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace otafleet::device {

/// The first eight bytes of its SHA-256, big-endian; never 0, which stands for "none".
[[nodiscard]] std::uint64_t fingerprint(std::string_view text);

} // namespace otafleet::device
