// The signing side of an Uptane backend in memory, for tests of any room: makes keys, writes and signs metadata, and
// lies on request. It shares no code with the parser: the JSON is written by hand, and in canonical form.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pki/key.hpp"
#include "uptane/target.hpp"
#include "uptane/terms.hpp"

namespace otafleet::uptane::testing {

// -- JSON -----------------------------------------------------------------------

/// `text` as a JSON string; ASCII only.
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string json_array(const std::vector<std::string>& raw_items);

/// Members as raw JSON by name; writes itself sorted and without white space.
using json_members = std::map<std::string, std::string>;
[[nodiscard]] std::string json_object(const json_members& members);

// -- keys and signatures --------------------------------------------------------

/// A key with the id that a server gives it.
struct signer {
  pki::private_key key;
  std::string id;
};

/// The `number`th signer of its type. Made once in a process, because an RSA key takes 100 ms; thread safe.
[[nodiscard]] const signer& signer_number(pki::key_type type, std::size_t number);

/// One entry of `signatures`; `method` is the key's own unless given.
[[nodiscard]] std::string signature_entry(const signer& by, std::string_view signed_text, std::string_view method = {});

/// Puts the envelope around a signed text.
[[nodiscard]] std::string envelope_text(std::string_view signed_text,
                                        const std::vector<std::string>& signature_entries);
[[nodiscard]] std::string sealed(std::string_view signed_text, const std::vector<signer>& by);

// -- documents ------------------------------------------------------------------

struct document_plan {
  std::int64_t version = 1;
  std::string expires = "2038-01-19T03:14:06Z";
  std::vector<signer> signers;
  /// Raw JSON that replaces or adds members of `signed`; an empty text removes one.
  json_members members;
};

struct role_plan {
  std::vector<signer> keys;
  std::int64_t threshold = 1;
};

struct root_plan : document_plan {
  /// By role name.
  std::map<std::string, role_plan> roles;
};

/// What a document says of a delegation; the delegation's own document is another matter.
struct delegation_plan {
  std::string name;
  role_plan role;
  std::vector<std::string> paths;
  bool terminating = false;
  /// Raw JSON that replaces or adds members; an empty text removes one.
  json_members members;
};

struct targets_plan : document_plan {
  std::vector<target> list;
  std::string correlation_id;
  std::vector<delegation_plan> delegations;
};

/// For snapshot and timestamp.
struct listing_plan : document_plan {
  /// Raw JSON that replaces or adds entries of `meta`; an empty text removes one.
  json_members meta;
};

/// One repository. Change the plans, then ask for the texts; snapshot and timestamp describe what the texts before them
/// are at that moment.
class test_repository {
public:
  /// Each role gets one key of `type`; Director and Image repository share none.
  test_repository(repository which, pki::key_type type);

  root_plan root;
  targets_plan targets;
  /// The documents of delegations by name; the snapshot lists them all.
  std::map<std::string, targets_plan> delegated;
  listing_plan snapshot;
  listing_plan timestamp;

  [[nodiscard]] std::string root_text() const;
  [[nodiscard]] std::string targets_text() const;
  [[nodiscard]] std::string delegation_text(const std::string& name) const;
  [[nodiscard]] std::string snapshot_text() const;
  [[nodiscard]] std::string timestamp_text() const;

  /// A signer that no role has had yet.
  [[nodiscard]] signer fresh_signer();

  /// The plans are now those of the next root, in which `of` has a fresh key: a root is signed by the old and the new
  /// key, any other role by its new key alone.
  void rotate(role of);

  /// `from` (the targets or one of `delegated`) delegates `paths` to `name`, whose document is new, empty and signed by
  /// the one fresh key that it must be signed by.
  targets_plan& delegate(targets_plan& from, const std::string& name, std::vector<std::string> paths);

  /// Signers and keys of `of` from now on; the root's signers are changed only when `of` is the root.
  void set_keys(role of, std::vector<signer> keys, std::int64_t threshold);

private:
  document_plan& plan_of(role of);

  pki::key_type type_;
  std::size_t next_signer_;
};

/// A target of `length` bytes whose hashes are those of that many letters `x`.
[[nodiscard]] target test_target(std::string filename, std::uint64_t length);
/// The same for the Director: for one ECU.
[[nodiscard]] target director_target(std::string filename, std::uint64_t length, std::string ecu_serial,
                                     std::string hardware_id);
/// The same for the Image repository.
[[nodiscard]] target image_target(std::string filename, std::uint64_t length, std::vector<std::string> hardware_ids);

} // namespace otafleet::uptane::testing
