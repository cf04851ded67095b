// SHA-2 digests, of a buffer at once or of a stream piece by piece.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "pki/bytes.hpp"
#include "pki/handles.hpp"

namespace otafleet::pki {

enum class hash_algorithm { sha256, sha512 };

using sha256_digest = std::array<std::byte, 32>;

[[nodiscard]] sha256_digest sha256(byte_view data);
[[nodiscard]] std::string sha256_hex(byte_view data);
[[nodiscard]] std::string sha512_hex(byte_view data);

/// Hashes a stream. Movable, not copyable; not thread safe.
class hasher {
public:
  explicit hasher(hash_algorithm algorithm);

  void update(byte_view piece);

  /// The digest in lower-case hexadecimal; the hasher is spent afterwards.
  [[nodiscard]] std::string finish_hex();

private:
  md_context_handle context_;
};

} // namespace otafleet::pki
