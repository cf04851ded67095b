// The Image repository of one account: images and the metadata that vouches for them (protocol.md sections 4.7
// and 10.2).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/image_store.hpp"
#include "server-stub/refusal.hpp"
#include "server-stub/signing_keys.hpp"

namespace otafleet::stub {

/// More would not pass a device's limit of 8 MiB, metadata and signature included.
inline constexpr std::size_t max_targets_document = 8'286'208;

struct image_details {
  std::string filename;
  std::string name;
  std::string version;
  std::vector<std::string> hardware_ids;
  /// `BINARY` or `OSTREE`.
  std::string format = "BINARY";
};

/// One consistent set: timestamp describes this snapshot, snapshot this targets. Texts are compact and canonical.
struct repository_documents {
  shared_text targets;
  shared_text snapshot;
  shared_text timestamp;
  /// SHA-256 of `targets`, for `x-ats-role-checksum`.
  std::string targets_checksum;
  std::int64_t version = 0;
  std::int64_t expires = 0;
};

using repository_documents_ptr = std::shared_ptr<const repository_documents>;

/// Thread safe; readers never wait for a signature.
class image_repository {
public:
  [[nodiscard]] static tl::expected<std::unique_ptr<image_repository>, std::string>
  make(repository_keys keys, utc_clock clock, image_store& store);

  /// Adds an image or gives its name new content; targets, snapshot and timestamp get their next version. Fails with
  /// `invalid_entity` for a name that is empty, of 254 characters or more, or contains `..`, `not_supported_chars` for
  /// anything but printable ASCII, `large_targets_file_size`, and what the store refuses.
  [[nodiscard]] tl::expected<void, refusal> add(image_details details, std::string content);

  /// The current documents; those within an hour of expiry are signed anew first.
  [[nodiscard]] tl::expected<repository_documents_ptr, refusal> documents();

  /// Fails with 404 `root_role_not_found` for any version but 1.
  [[nodiscard]] tl::expected<shared_text, refusal> root(std::int64_t version) const;

  /// The image's bytes, or null.
  [[nodiscard]] shared_text content(std::string_view filename) const;

  /// `x-ats-tuf-repo-id`.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

private:
  struct entry {
    image_details details;
    stored_image image;
    std::int64_t created_at = 0;
    std::int64_t updated_at = 0;
  };
  using catalogue = std::map<std::string, entry, std::less<>>;

  image_repository(repository_keys keys, utc_clock clock, image_store& store);

  /// The next version of all three documents over `images`. Called with `change_mutex_` held.
  [[nodiscard]] tl::expected<repository_documents_ptr, refusal> sign(const catalogue& images) const;

  const repository_keys keys_;
  const utc_clock clock_;
  image_store& store_;
  const std::string id_;

  /// Held while signing, so that versions follow each other.
  std::mutex change_mutex_;
  /// Held for the swap and the look.
  mutable std::mutex mutex_;
  catalogue images_;
  repository_documents_ptr documents_;
};

} // namespace otafleet::stub
