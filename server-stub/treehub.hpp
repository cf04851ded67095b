// OSTree objects, refs and manifests of one account, as a treehub keeps them (protocol.md sections 7.2 and 10.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "server-stub/message.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

inline constexpr std::uint64_t max_ostree_object_bytes = 256ull * 1024 * 1024;
inline constexpr std::uint64_t max_ostree_bytes = 2ull * 1024 * 1024 * 1024;
inline constexpr std::uint64_t max_ostree_manifest_bytes = 1024 * 1024;
inline constexpr std::size_t max_ostree_objects = 1'000'000;
inline constexpr std::size_t max_ostree_refs = 1'000;
inline constexpr std::size_t max_ostree_manifests = 1'000;

/// The bytes of all objects of all accounts, each once. Thread safe; nothing is ever removed.
class object_pool {
public:
  /// Fails with 413 `payload_too_large` over 256 MiB, or when all objects together would exceed 2 GiB.
  [[nodiscard]] tl::expected<shared_text, refusal> keep(std::string content);

private:
  std::mutex mutex_;
  std::map<std::string, shared_text, std::less<>> by_hash_;
  std::uint64_t total_ = 0;
};

/// `<2 hex>/<62 hex>.<commit|dirtree|dirmeta|filez|commitmeta>`, lower case: the one spelling of an object's name.
[[nodiscard]] bool is_object_name(std::string_view name) noexcept;

/// 64 lower-case hexadecimal digits.
[[nodiscard]] bool is_commit_hash(std::string_view text) noexcept;

/// The commit that `commit`, a serialized OSTree commit, comes after: its hash in lower-case hex, empty for a first
/// one. Nothing when the bytes are no commit.
[[nodiscard]] std::optional<std::string> parent_of_commit(std::string_view commit);

/// Thread safe. Like a real treehub it takes objects at their word: whether content fits its name is for those who
/// pull.
class treehub {
public:
  explicit treehub(object_pool& pool) noexcept : pool_(pool) {}

  /// The repository's `config`.
  [[nodiscard]] static const shared_text& config();

  /// The object's bytes, or null.
  [[nodiscard]] shared_text object(std::string_view name) const;

  /// Fails with 400 `invalid_entity` for a name that is none, 409 `object_exists`, 409 `too_many_elements`, and what
  /// the pool refuses.
  [[nodiscard]] tl::expected<void, refusal> add_object(std::string_view name, std::string content);

  /// The commit that a ref such as `heads/main` names; empty when there is no such ref.
  [[nodiscard]] std::string ref(std::string_view name) const;

  /// Moves or makes a ref. Without `force` the new commit must come right after the old one, else 412
  /// `commit_not_fast_forward`. Also fails with 400 `invalid_entity` and 409 `too_many_elements`.
  [[nodiscard]] tl::expected<void, refusal> set_ref(std::string_view name, std::string_view commit, bool force);

  /// What was said of a commit's origin, or null.
  [[nodiscard]] shared_text manifest(std::string_view commit) const;

  /// Fails with 400 `invalid_entity` when the commit is no hash or the text no JSON; 409 `too_many_elements`.
  [[nodiscard]] tl::expected<void, refusal> set_manifest(std::string_view commit, std::string json);

private:
  object_pool& pool_;
  mutable std::mutex mutex_;
  std::map<std::string, shared_text, std::less<>> objects_;
  std::map<std::string, std::string, std::less<>> refs_;
  std::map<std::string, shared_text, std::less<>> manifests_;
};

} // namespace otafleet::stub
