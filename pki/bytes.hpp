// Raw bytes: how every room passes what it has not yet understood.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otafleet {

using bytes = std::vector<std::byte>;
using byte_view = std::span<const std::byte>;

/// Views the characters of `text` as bytes; valid as long as `text` is.
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// Views `raw` as characters, whatever they mean; valid as long as `raw` is.
[[nodiscard]] inline std::string_view as_text(byte_view raw) noexcept {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

} // namespace otafleet
