// The online keys of one Uptane repository: its root document, and signatures around metadata (protocol.md 4.1 to 4.6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "pki/key.hpp"
#include "server-stub/message.hpp"

namespace otafleet::stub {

/// Seconds since 1970, from a clock that a test can set.
using utc_clock = std::int64_t (*)();
[[nodiscard]] std::int64_t system_utc_clock();

inline constexpr std::int64_t root_lifetime_seconds = 365 * 86'400;
inline constexpr std::int64_t metadata_lifetime_seconds = 31 * 86'400;

/// Signs one role's documents. Immutable and thread safe.
class role_signer {
public:
  [[nodiscard]] static tl::expected<role_signer, std::string> generate(pki::key_type type);

  /// The whole document around `signed_part`; it is its own canonical form.
  [[nodiscard]] tl::expected<std::string, std::string> sign(const nlohmann::json& signed_part) const;

  [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }
  [[nodiscard]] pki::public_key public_key() const { return key_.public_part(); }

private:
  role_signer(pki::private_key key, std::string key_id) noexcept : key_(std::move(key)), key_id_(std::move(key_id)) {}

  pki::private_key key_;
  std::string key_id_;
};

/// Ed25519 or RSA; immutable and thread safe.
struct repository_keys {
  role_signer root;
  role_signer targets;
  role_signer snapshot;
  role_signer timestamp;
  /// Version 1, signed.
  shared_text root_document;

  [[nodiscard]] static tl::expected<repository_keys, std::string> generate(pki::key_type type, std::int64_t now);
};

/// `{"_type":type,"expires":...,"version":...}`: what all signed parts begin with.
[[nodiscard]] nlohmann::json signed_part(std::string_view type, std::int64_t expires, std::int64_t version);

/// `{"hashes":{"sha256":...},"length":...,"version":...}` of a document, as snapshot and timestamp describe it.
[[nodiscard]] nlohmann::json description_of(std::string_view document, std::int64_t version);

} // namespace otafleet::stub
