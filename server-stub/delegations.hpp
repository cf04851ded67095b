// Whom the Image repository trusts with which files beside its own targets key, and what those have signed (protocol.md
// sections 4.7, 5.4 and 10.2). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "pki/key.hpp"
#include "server-stub/message.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

/// What a device takes of one delegation (protocol.md section 4.9).
inline constexpr std::uint64_t max_delegated_document = 8ull * 1024 * 1024;

struct delegated_role {
  std::string name;
  std::vector<std::string> key_ids;
  /// Globs of file names.
  std::vector<std::string> paths;
  std::int64_t threshold = 1;
  bool terminating = true;
};

/// The `delegations` of one targets document.
struct delegations {
  /// By the id that the document gives them.
  std::map<std::string, pki::public_key> keys;
  std::vector<delegated_role> roles;

  [[nodiscard]] bool empty() const noexcept { return keys.empty() && roles.empty(); }
};

/// What a delegate has signed.
struct delegated_document {
  /// Canonical: its digest and length are those that the snapshot gives.
  shared_text text;
  std::int64_t version = 0;
  /// Whom the delegate trusts in turn.
  delegations nested;
};

using delegated_documents = std::map<std::string, std::shared_ptr<const delegated_document>, std::less<>>;

// -- what operators send ----------------------------------------------------------

/// PUT /trusted-delegations/keys: `[{"keytype","keyval":{"public"}},...]`, at most 1000. Fails with 400
/// `invalid_entity`.
[[nodiscard]] tl::expected<std::map<std::string, pki::public_key>, refusal> read_trusted_keys(std::string_view body);

/// PUT /trusted-delegations: `[{"name","keyids","paths","threshold","terminating"},...]`, at most 1000. Fails with 400
/// `invalid_entity`.
[[nodiscard]] tl::expected<std::vector<delegated_role>, refusal> read_trusted_roles(std::string_view body);

/// Nothing is wrong, or 400 `trusted_delegations_invalid`: a name that is none, is one of the four roles' or is there
/// twice, a key that is not among the keys, a threshold that cannot be met.
[[nodiscard]] tl::expected<void, refusal> check_delegations(const delegations& trusted);

/// PUT /delegations/<name>.json: targets signed by the delegate. Who may sign for `name` is looked for in `trusted`,
/// the repository's own delegations, and in those of the documents in `present`.
///
/// Fails with 400 `delegations_not_defined` when nobody delegates to `name`, `payload_signature_invalid` when its keys
/// have not signed it often enough, `invalid_entity` when it is no targets document or what it delegates is broken, and
/// with 409 `invalid_version_bump` when it is no newer than the one before and not the same.
[[nodiscard]] tl::expected<delegated_document, refusal> read_delegated_document(std::string_view name,
                                                                                std::string_view body,
                                                                                const delegations& trusted,
                                                                                const delegated_documents& present);

// -- what devices see ---------------------------------------------------------------

/// The member `delegations` of targets.json.
[[nodiscard]] nlohmann::json delegations_json(const delegations& trusted);

} // namespace otafleet::stub
