// What the fuzz targets share: the entry that libFuzzer and the corpus runner call, and how a target says "a finding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "pki/bytes.hpp"
#include "pki/key.hpp"

/// Each `x.fuzz.cpp` defines it; libFuzzer prescribes the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace otafleet::fuzz {

[[nodiscard]] inline byte_view input(const std::uint8_t* data, std::size_t size) noexcept {
  return std::as_bytes(std::span{data, size});
}

/// Takes the first byte off `from`, to choose between doors; 0 when there is none. A letter or digit in corpus files,
/// so that those which hold text stay text.
[[nodiscard]] inline unsigned take_choice(byte_view& from) noexcept {
  if (from.empty())
    return 0;
  const auto choice = std::to_integer<unsigned>(from.front());
  from = from.subspan(1);
  return choice;
}

/// Ends the process, as a crash would, when something that must always hold does not.
inline void must(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

/// The same key in every process, so that the signatures in a corpus file stay valid. For nothing but tests.
[[nodiscard]] inline pki::private_key fixed_key(std::uint8_t number) {
  const bytes seed(32, std::byte{number});
  return pki::private_key::from_ed25519_seed(seed).value();
}

} // namespace otafleet::fuzz
