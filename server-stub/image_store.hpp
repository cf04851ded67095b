// The bytes of all images of all accounts, each once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <tl/expected.hpp>

#include "server-stub/message.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

inline constexpr std::uint64_t max_image_bytes = 512ull * 1024 * 1024;
inline constexpr std::uint64_t max_stored_bytes = 4ull * 1024 * 1024 * 1024;

struct stored_image {
  /// Lower-case hexadecimal.
  std::string sha256;
  shared_text content;
};

/// Thread safe. Content lives as long as anyone holds it: promoting an image to another account takes no second copy.
class image_store {
public:
  /// Fails with 413 `payload_too_large` over 512 MiB, or when all images together would exceed 4 GiB.
  [[nodiscard]] tl::expected<stored_image, refusal> keep(std::string content);

private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const std::string>> by_hash_;
};

} // namespace otafleet::stub
