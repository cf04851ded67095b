#include "server-stub/image_store.hpp"

#include <utility>

#include "pki/digest.hpp"

namespace otafleet::stub {

tl::expected<stored_image, refusal> image_store::keep(std::string content) {
  if (content.size() > max_image_bytes)
    return tl::unexpected(refusal{413, "payload_too_large", "an image has at most 512 MiB"});
  stored_image image;
  image.sha256 = pki::sha256_hex(as_bytes(content));

  const std::lock_guard lock{mutex_};
  std::uint64_t total = content.size();
  for (auto at = by_hash_.begin(); at != by_hash_.end();) {
    const auto held = at->second.lock();
    if (held && at->first == image.sha256) {
      image.content = held;
      return image;
    }
    total += held ? held->size() : 0;
    at = held ? std::next(at) : by_hash_.erase(at);
  }
  if (total > max_stored_bytes)
    return tl::unexpected(refusal{413, "payload_too_large", "all images together have at most 4 GiB"});
  image.content = std::make_shared<const std::string>(std::move(content));
  by_hash_[image.sha256] = image.content;
  return image;
}

} // namespace otafleet::stub
