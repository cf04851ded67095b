// The online keys of one Uptane repository: its root document, and signatures around metadata (protocol.md 4.1 to 4.6).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "pki/key.hpp"
#include "server-stub/message.hpp"
#include "server-stub/refusal.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

/// Seconds since 1970, from a clock that a test can set.
using utc_clock = std::int64_t (*)();
[[nodiscard]] std::int64_t system_utc_clock();

inline constexpr std::int64_t root_lifetime_seconds = 365 * 86'400;
inline constexpr std::int64_t metadata_lifetime_seconds = 31 * 86'400;

/// So many roots a repository may have; a device walks them one by one.
inline constexpr std::size_t max_roots = 1'000;

/// Signs one role's documents. Immutable and thread safe; copies share the key.
class role_signer {
public:
  [[nodiscard]] static tl::expected<role_signer, std::string> generate(pki::key_type type);

  /// The whole document around `signed_part`; it is its own canonical form.
  [[nodiscard]] tl::expected<std::string, std::string> sign(const nlohmann::json& signed_part) const;

  [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }
  [[nodiscard]] pki::public_key public_key() const { return key_.public_part(); }
  /// A secret (design section 3, rule 10).
  [[nodiscard]] const pki::private_key& private_key() const noexcept { return key_; }

  /// One entry of `signatures` over `text`.
  [[nodiscard]] tl::expected<std::string, std::string> signature_entry(std::string_view text) const;

private:
  role_signer(pki::private_key key, std::string key_id) noexcept : key_(std::move(key)), key_id_(std::move(key_id)) {}

  pki::private_key key_;
  std::string key_id_;
};

/// The keys of all roles, Ed25519 or RSA, and every root so far. Immutable and thread safe: a rotation makes a new one.
struct repository_keys {
  role_signer root;
  role_signer targets;
  role_signer snapshot;
  role_signer timestamp;
  /// Signed, version 1 first; the last one is in force.
  std::vector<shared_text> roots;

  [[nodiscard]] static tl::expected<repository_keys, std::string> generate(pki::key_type type, std::int64_t now);

  /// The keys after the next root, in which each of `roles` has a fresh key of its old type. That root is signed by the
  /// root key before and, when it is another one, by the root key after. What changed keys have signed is for the owner
  /// to sign anew. Fails with 409 `too_many_elements` beyond `max_roots`.
  [[nodiscard]] tl::expected<repository_keys, refusal> rotated(const std::set<uptane::role>& roles,
                                                               std::int64_t now) const;

  [[nodiscard]] std::int64_t root_version() const noexcept { return static_cast<std::int64_t>(roots.size()); }

  /// The newest for version 0; fails with 404 `root_role_not_found` for a version that there is not yet.
  [[nodiscard]] tl::expected<shared_text, refusal> root_of(std::int64_t version) const;

  /// A root of any version over these keys, signed by `root` and whoever else is given.
  [[nodiscard]] tl::expected<std::string, std::string>
  make_root(std::int64_t version, std::int64_t now,
            std::initializer_list<const role_signer*> also_signed_by = {}) const;
};

/// `{"_type":type,"expires":...,"version":...}`: what all signed parts begin with.
[[nodiscard]] nlohmann::json signed_part(std::string_view type, std::int64_t expires, std::int64_t version);

/// `{"hashes":{"sha256":...},"length":...,"version":...}` of a document, as snapshot and timestamp describe it.
[[nodiscard]] nlohmann::json description_of(std::string_view document, std::int64_t version);

} // namespace otafleet::stub
