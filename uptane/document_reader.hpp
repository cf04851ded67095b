// Reads the members of a document strictly, and remembers the first thing that is wrong with it. Private to this room.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "uptane/failure.hpp"
#include "uptane/json_source.hpp"
#include "uptane/metadata.hpp"
#include "uptane/subject.hpp"

namespace otafleet::uptane {

/// Where a member stands, for messages: `length of "fw-1.bin"`. `owner` is a key of the document, or empty.
struct field {
  std::string_view name;
  std::string_view owner = {};
};

/// Every reading function returns false when the document is not as asked, and the reader then holds the failure; the
/// caller must stop. Nothing is converted: `"1"` and `1.0` are no integers.
class document_reader {
public:
  using element = simdjson::dom::element;
  using object = simdjson::dom::object;

  explicit document_reader(const subject& on, keep_sources keep = keep_sources::no) noexcept : on_(on), keep_(keep) {}

  // -- whole documents --------------------------------------------------------

  /// The outermost layer: signatures, the signed text, and the hashes of the whole. `content` is then `signed`.
  [[nodiscard]] bool open(json_source& source, std::string_view text, std::uint64_t limit, envelope& into,
                          object& content);

  /// `open` writes the canonical form of `signed.targets` by this instead, which appends to its argument; false ends it
  /// with a failure that says nothing.
  using list_writer = std::function<bool(std::string& out, canonical_writer& writer)>;
  void write_targets_by(list_writer list) { write_list_ = std::move(list); }

  /// `_type`, `version` and `expires`.
  [[nodiscard]] bool base(const object& content, envelope& into);

  // -- members ----------------------------------------------------------------

  [[nodiscard]] bool object_in(const object& from, field which, object& out);
  [[nodiscard]] bool string_in(const object& from, field which, std::string_view& out);
  /// An absent member or null leaves `out` as it is.
  [[nodiscard]] bool optional_string_in(const object& from, field which, std::string& out);
  [[nodiscard]] bool integer_in(const object& from, field which, std::int64_t least, std::int64_t most,
                                std::int64_t& out);
  [[nodiscard]] bool version_in(const object& from, field which, std::int32_t& out);
  /// `hashes`: SHA-256 and SHA-512 in hexadecimal of either case; other algorithms are passed over.
  [[nodiscard]] bool hashes_in(const object& hashes, std::string_view owner, std::string& sha256, std::string& sha512);

  [[nodiscard]] bool as_object(const element& value, field which, object& out);
  [[nodiscard]] bool as_string(const element& value, field which, std::string_view& out);

  /// Key objects by id; a type that is neither RSA nor Ed25519 fails the document, broken material only loses that key.
  [[nodiscard]] bool keys_in(const object& keys, std::map<std::string, pki::public_key>& out);

  /// `keyids` and `threshold` of the role `of`, or of a delegation.
  [[nodiscard]] bool role_keys_in(const object& from, role of, std::string_view delegation, role_keys& out);

  // -- verdict ----------------------------------------------------------------

  /// Always false.
  bool fail(failure_code code, std::string detail);
  /// The same where aktualizr names another role than the document's: a root that is wrong about a role, targets that
  /// are wrong about a delegation.
  bool fail_for(const subject& on, failure_code code, std::string detail);
  bool invalid(field which, std::string_view what);

  [[nodiscard]] failure result() && { return std::move(*fault_); }

private:
  bool envelope_of(const element& root, envelope& into, object& content);
  bool write_signed(canonical_writer& writer, const element& value, std::string& out);
  bool signatures_of(const element& list, envelope& into);

  subject on_;
  keep_sources keep_;
  list_writer write_list_;
  std::optional<failure> fault_;
};

/// Only the outermost layer, for judging the signatures of a document whose content could not be parsed.
[[nodiscard]] tl::expected<envelope, failure> parse_envelope(const subject& on, std::string_view text);

/// What a document may measure at most; the snapshot's own limit comes from the timestamp and is the fetcher's to hold.
[[nodiscard]] std::uint64_t size_limit(const subject& on) noexcept;

} // namespace otafleet::uptane
