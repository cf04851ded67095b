// The Range header: which part of a resource a resumed download asks for (RFC 9110 section 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace otafleet::stub {

struct byte_range {
  enum class kind {
    /// No range, one of another form or several at once: the whole resource answers.
    whole,
    part,
    /// Begins behind the end: 416.
    unsatisfiable
  };

  kind what = kind::whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Reads `bytes=first-last`, `bytes=first-` or `bytes=-count` for a resource of `size` bytes.
[[nodiscard]] byte_range read_range(std::string_view header, std::uint64_t size) noexcept;

} // namespace otafleet::stub
