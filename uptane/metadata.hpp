// The four kinds of signed metadata and delegated targets, parsed strictly (protocol.md sections 4.1, 4.6 to 4.8).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/key.hpp"
#include "uptane/failure.hpp"
#include "uptane/target.hpp"
#include "uptane/terms.hpp"

namespace otafleet::uptane {

/// What a device accepts at most, in bytes (protocol.md section 4.9).
inline constexpr std::uint64_t max_root_bytes = 64 * 1024;
inline constexpr std::uint64_t max_director_targets_bytes = 64 * 1024;
inline constexpr std::uint64_t max_timestamp_bytes = 64 * 1024;
inline constexpr std::uint64_t max_snapshot_bytes = 64 * 1024;
inline constexpr std::uint64_t max_image_targets_bytes = 8 * 1024 * 1024;
inline constexpr std::uint64_t max_delegation_bytes = 8 * 1024 * 1024;
/// A timestamp may announce a longer snapshot; aktualizr believes any length, a device of a fleet this one at most.
inline constexpr std::uint64_t max_announced_snapshot_bytes = 8 * 1024 * 1024;

struct signature {
  std::string key_id;
  /// As written, lower-cased.
  std::string method;
  /// Decoded; empty when the base64 was broken, which no key verifies.
  bytes value;
};

/// What every document has around its own content.
struct envelope {
  std::vector<signature> signatures;
  /// Canonical form of `signed`: the signatures' message.
  std::string signed_text;
  /// Canonical form of the whole document: what timestamp and snapshot hash and measure.
  std::string sha256;
  std::string sha512;
  std::uint64_t canonical_length = 0;

  std::string type;
  std::int32_t version = 0;
  utc_time expires = utc_time::from_unix_seconds(0);

  /// The text as received, where it was to be kept.
  std::shared_ptr<const std::string> source;
};

/// Whether a document keeps the text it was read from; a fleet that never writes it down need not pay for it.
enum class keep_sources { no, yes };

struct role_keys {
  std::set<std::string> key_ids;
  std::int32_t threshold = 1;
};

struct root : envelope {
  /// By key id as the document gives it. Keys of broken material or of an odd RSA size are not in it: aktualizr keeps
  /// them as keys whose signatures never verify, which comes to the same.
  std::map<std::string, pki::public_key> keys;
  /// The four roles that a device knows, as far as they are listed; others are passed over.
  std::map<role, role_keys> roles;
};

/// Who else may sign for which files.
struct delegation {
  /// 1 to 255 bytes, in the case it was written in; none of the four roles' names in any case.
  std::string name;
  role_keys keys;
  /// Globs for the filename (`fnmatch` without flags: `*` also matches `/`). Without one nothing is delegated.
  std::vector<std::string> paths;
  bool terminating = false;
};

/// Top-level targets, or those of a delegation.
struct targets : envelope {
  /// Sorted bytewise by filename, none twice; that is also the order in which aktualizr walks it.
  std::vector<target> list;
  std::string correlation_id;
  /// As `root::keys`; the keys that `delegations` names.
  std::map<std::string, pki::public_key> delegation_keys;
  /// In the order of the document, no name twice.
  std::vector<delegation> delegations;

  [[nodiscard]] bool has_delegations() const noexcept { return !delegations.empty(); }
};

/// One entry of `meta`.
struct role_description {
  std::int32_t version = 0;
  /// -1 when absent.
  std::int64_t length = -1;
  std::string sha256;
  std::string sha512;
};

struct snapshot : envelope {
  /// By role name, without `.json`.
  std::map<std::string, role_description> meta;
};

struct timestamp : envelope {
  role_description snapshot;
};

// Documents are immutable once parsed, and shared: of 10,000 devices in an account most hold the same ones.
using root_ptr = std::shared_ptr<const root>;
using targets_ptr = std::shared_ptr<const targets>;
using snapshot_ptr = std::shared_ptr<const snapshot>;
using timestamp_ptr = std::shared_ptr<const timestamp>;

// Strict: types, ranges and sizes are checked and the failure's detail names the member. Signatures, dates and versions
// are for trust.hpp to judge. Pure and thread safe.
//
//   metadata_fetch_failure  longer than its limit above
//   invalid_metadata        not JSON (see canonical_json), a member missing or of another type, a date of another form,
//                           a delegation to a role's name or twice to the same name
//   security_exception      another role's `_type`, or a key type other than RSA and Ed25519 anywhere in root or
//                           delegations
//   illegal_threshold       a threshold outside of 1 to 1000
[[nodiscard]] tl::expected<root_ptr, failure> parse_root(repository repo, std::string_view text,
                                                         keep_sources keep = keep_sources::no);
[[nodiscard]] tl::expected<targets_ptr, failure> parse_targets(repository repo, std::string_view text,
                                                               keep_sources keep = keep_sources::no);
/// The targets of the delegation `name`, always the Image repository's.
[[nodiscard]] tl::expected<targets_ptr, failure> parse_delegation(std::string_view name, std::string_view text,
                                                                  keep_sources keep = keep_sources::no);
[[nodiscard]] tl::expected<snapshot_ptr, failure> parse_snapshot(repository repo, std::string_view text,
                                                                 keep_sources keep = keep_sources::no);
[[nodiscard]] tl::expected<timestamp_ptr, failure> parse_timestamp(repository repo, std::string_view text,
                                                                   keep_sources keep = keep_sources::no);

} // namespace otafleet::uptane
