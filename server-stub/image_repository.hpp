// The Image repository of one account: images and the metadata that vouches for them (protocol.md sections 4.7
// and 10.2).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/delegations.hpp"
#include "server-stub/image_store.hpp"
#include "server-stub/refusal.hpp"
#include "server-stub/signing_keys.hpp"

namespace otafleet::stub {

/// More would not pass a device's limit of 8 MiB, metadata and signature included.
inline constexpr std::size_t max_targets_document = 8'286'208;

/// Delegations that a repository holds, and files that are uploaded but not listed.
inline constexpr std::size_t max_delegated_documents = 1'000;
inline constexpr std::size_t max_uploads = 10'000;

struct image_details {
  std::string filename;
  std::string name;
  std::string version;
  std::vector<std::string> hardware_ids;
  /// `BINARY` or `OSTREE`.
  std::string format = "BINARY";
};

/// What is known of content that the backend does not keep.
struct content_elsewhere {
  /// Lower-case hexadecimal; an OSTree target's is its commit.
  std::string sha256;
  /// 0 for an OSTree target.
  std::uint64_t length = 0;
  /// Where devices find it; empty when they know themselves.
  std::string uri{};
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

  /// The same for an image that is kept elsewhere.
  [[nodiscard]] tl::expected<void, refusal> add(image_details details, content_elsewhere content);

  /// Keeps a file for others to list: targets of a delegate, or signed elsewhere. Fails with 409 `conflicting_entity`
  /// when there is one of that name, and as `add` does.
  [[nodiscard]] tl::expected<void, refusal> upload(std::string filename, std::string content);

  // -- delegations: each change gives all documents their next version -----------

  /// Replaces the keys that delegations may name, or the delegations. Fails with 400 `trusted_delegations_invalid`.
  [[nodiscard]] tl::expected<void, refusal> trust_keys(std::map<std::string, pki::public_key> keys);
  [[nodiscard]] tl::expected<void, refusal> trust_roles(std::vector<delegated_role> roles);
  [[nodiscard]] delegations trusted() const;

  /// Takes what a delegate has signed; fails as `read_delegated_document` does. The snapshot lists it from then on and
  /// for ever, trusted or not: no role may vanish from a snapshot.
  [[nodiscard]] tl::expected<void, refusal> put_delegation(std::string_view name, std::string_view body);

  /// The document called `<name>.json`; fails with 404 `missing_entity`.
  [[nodiscard]] tl::expected<shared_text, refusal> delegation(std::string_view document) const;

  // -- metadata -------------------------------------------------------------------

  /// Gives each of `roles` a new key and tells the version of the root that says so; all other documents get their next
  /// version. Fails as `repository_keys::rotated` does.
  [[nodiscard]] tl::expected<std::int64_t, refusal> rotate(const std::set<uptane::role>& roles);

  /// Signs the next version of the same.
  [[nodiscard]] tl::expected<void, refusal> renew();

  /// The current documents; those within an hour of expiry are signed anew first.
  [[nodiscard]] tl::expected<repository_documents_ptr, refusal> documents();

  /// The newest for version 0; fails with 404 `root_role_not_found` for a version that there is not yet.
  [[nodiscard]] tl::expected<shared_text, refusal> root(std::int64_t version) const;

  /// The image's bytes, or null.
  [[nodiscard]] shared_text content(std::string_view filename) const;

  /// Where an image is that is kept elsewhere, perhaps an empty text; nothing for others and unknown ones.
  [[nodiscard]] std::optional<std::string> uri_of(std::string_view filename) const;

  /// The online key of the targets role: a secret (design section 3, rule 10).
  [[nodiscard]] pki::private_key targets_key() const;

  /// `x-ats-tuf-repo-id`.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

private:
  struct entry {
    image_details details;
    /// Its content is null when it is kept elsewhere.
    stored_image image;
    std::uint64_t length = 0;
    std::string uri;
    std::int64_t created_at = 0;
    std::int64_t updated_at = 0;
  };
  /// What the documents are made of.
  struct state {
    std::map<std::string, entry, std::less<>> images;
    delegations trusted;
    delegated_documents delegated;
  };

  image_repository(repository_keys keys, utc_clock clock, image_store& store);

  [[nodiscard]] tl::expected<void, refusal> add(entry added);

  /// The next version of all three documents. Called with `change_mutex_` held.
  [[nodiscard]] tl::expected<repository_documents_ptr, refusal> sign(const state& of,
                                                                     const repository_keys& keys) const;
  /// Signs `next` and puts it in the place of what is there. Called with `change_mutex_` held.
  [[nodiscard]] tl::expected<void, refusal> become(state next);

  [[nodiscard]] std::shared_ptr<const repository_keys> keys() const;

  const utc_clock clock_;
  image_store& store_;
  const std::string id_;

  /// Held while signing, so that versions follow each other.
  std::mutex change_mutex_;
  /// Held for the swap and the look; what it guards is written with `change_mutex_` held too.
  mutable std::mutex mutex_;
  std::shared_ptr<const repository_keys> keys_;
  state state_;
  std::map<std::string, shared_text, std::less<>> uploads_;
  repository_documents_ptr documents_;
};

} // namespace otafleet::stub
