// Remembers public keys that were read lately. Private to this room.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "pki/key.hpp"

namespace otafleet::uptane {

/// Reading an RSA key takes OpenSSL 3.0 some 80 us, five times as long as a verification with it, and the devices of a
/// fleet read the same few keys again with every root. Holds the last `generation` to twice as many keys by their text.
/// Thread safe.
class recent_keys {
public:
  /// Longer texts than that of an RSA-4096 key are not worth remembering.
  static constexpr std::size_t longest_text = 1024;

  explicit recent_keys(std::size_t generation) noexcept : generation_(generation) {}

  [[nodiscard]] std::optional<pki::public_key> find(std::string_view text);
  void remember(std::string_view text, const pki::public_key& key);
  [[nodiscard]] std::size_t size() const;

private:
  using keys = std::map<std::string, pki::public_key, std::less<>>;

  void insert(std::string_view text, const pki::public_key& key);

  std::size_t generation_;
  mutable std::mutex mutex_;
  /// Keys move from old to young when they are found; a full young generation becomes the old one.
  keys young_;
  keys old_;
};

} // namespace otafleet::uptane
