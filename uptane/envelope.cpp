#include <algorithm>

#include <simdjson.h>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "uptane/canonical.hpp"
#include "uptane/document_reader.hpp"
#include "uptane/shown.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::string_view type_text(role of) noexcept {
  switch (of) {
  case role::root:
    return "Root";
  case role::targets:
    return "Targets";
  case role::snapshot:
    return "Snapshot";
  case role::timestamp:
    return "Timestamp";
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

/// The canonical document is `before`, then the signed text, then `after`: hashed in pieces, never put together.
void measure(envelope& into, std::string_view before, std::string_view after) {
  pki::hasher sha256{pki::hash_algorithm::sha256};
  pki::hasher sha512{pki::hash_algorithm::sha512};
  for (const auto piece : {before, std::string_view{into.signed_text}, after}) {
    sha256.update(as_bytes(piece));
    sha512.update(as_bytes(piece));
    into.canonical_length += piece.size();
  }
  into.sha256 = sha256.finish_hex();
  into.sha512 = sha512.finish_hex();
}

} // namespace

std::uint64_t size_limit(const subject& on) noexcept {
  switch (on.of) {
  case role::root:
    return max_root_bytes;
  case role::timestamp:
    return max_timestamp_bytes;
  case role::targets:
    if (!on.delegation.empty())
      return max_delegation_bytes;
    return on.repo == repository::director ? max_director_targets_bytes : max_image_targets_bytes;
  case role::snapshot:
    return max_announced_snapshot_bytes;
  }
  return 0;
}

bool document_reader::open(json_source& source, std::string_view text, std::uint64_t limit, envelope& into,
                           object& content) {
  if (text.size() > limit)
    return fail(failure_code::metadata_fetch_failure,
                "the document is longer than " + std::to_string(limit) + " bytes");
  const auto root = source.parse(text);
  if (!root)
    return fail(failure_code::invalid_metadata, "invalid metadata json: " + root.error());
  into.signed_text.reserve(text.size());
  if (!envelope_of(*root, into, content))
    return false;
  // A pretty-printed document is much longer than its canonical form, which is kept for as long as the document.
  if (into.signed_text.capacity() > into.signed_text.size() + into.signed_text.size() / 4 + 256)
    into.signed_text.shrink_to_fit();
  if (keep_ == keep_sources::yes)
    into.source = std::make_shared<const std::string>(text);
  return true;
}

bool document_reader::envelope_of(const element& root, envelope& into, object& content) {
  object outer;
  element signatures;
  if (root.get_object().get(outer) != simdjson::SUCCESS)
    return fail(failure_code::invalid_metadata, "invalid metadata json: not an object");
  if (!object_in(outer, {"signed"}, content))
    return false;
  if (outer.at_key("signatures").get(signatures) != simdjson::SUCCESS)
    return invalid({"signatures"}, "is missing");

  canonical_writer writer;
  const auto members = writer.sorted(outer);
  if (!writer.fault().empty())
    return fail(failure_code::invalid_metadata, writer.fault());
  std::string before;
  std::string after;
  auto* around = &before;
  *around += '{';
  std::string_view separator;
  for (const auto& [key, value] : members) {
    *around += separator;
    append_json_string(*around, key);
    *around += ':';
    separator = ",";
    const bool is_signed = key == "signed";
    if (!(is_signed ? write_signed(writer, value, into.signed_text) : writer.append(*around, value, 1)))
      return fail(failure_code::invalid_metadata, "invalid metadata json: " + writer.fault());
    if (is_signed)
      around = &after;
  }
  *around += '}';
  measure(into, before, after);
  return signatures_of(signatures, into);
}

bool document_reader::write_signed(canonical_writer& writer, const element& value, std::string& out) {
  object content;
  if (!write_list_ || value.get_object().get(content) != simdjson::SUCCESS)
    return writer.append(out, value, 1);
  const auto members = writer.sorted(content);
  if (!writer.fault().empty())
    return false;
  char separator = '{';
  for (const auto& [key, member] : members) {
    out += separator;
    separator = ',';
    append_json_string(out, key);
    out += ':';
    if (!(key == "targets" ? write_list_(out, writer) : writer.append(out, member, 2)))
      return false;
  }
  out += separator == '{' ? "{}" : "}";
  return true;
}

bool document_reader::signatures_of(const element& list, envelope& into) {
  simdjson::dom::array entries;
  if (list.get_array().get(entries) != simdjson::SUCCESS)
    return invalid({"signatures"}, "is not an array");
  into.signatures.reserve(entries.size());
  for (const auto item : entries) {
    object entry;
    std::string_view key_id;
    std::string_view method;
    std::string_view value;
    if (!as_object(item, {"signatures"}, entry) || !string_in(entry, {"keyid", "signatures"}, key_id) ||
        !string_in(entry, {"method", "signatures"}, method) || !string_in(entry, {"sig", "signatures"}, value))
      return false;
    into.signatures.push_back({std::string{key_id}, lower(method), pki::from_base64(value).value_or(bytes{})});
  }
  return true;
}

bool document_reader::base(const object& content, envelope& into) {
  std::string_view type;
  std::string_view expires;
  if (!string_in(content, {"_type"}, type))
    return false;
  const auto wanted = type_text(on_.of);
  if (lower(type) != to_string(on_.of))
    return fail(failure_code::security_exception,
                "the document is of type " + shown(type) + ", not " + std::string{wanted});
  // aktualizr takes the root's type in any case, the others' only as it is written here.
  if (on_.of != role::root && type != wanted)
    return invalid({"_type"}, "is not written " + std::string{wanted});
  into.type = type;
  if (!version_in(content, {"version"}, into.version) || !string_in(content, {"expires"}, expires))
    return false;
  const auto date = utc_time::parse(expires);
  if (!date)
    return invalid({"expires"}, "is an invalid timestamp: " + date.error());
  into.expires = *date;
  return true;
}

tl::expected<envelope, failure> parse_envelope(const subject& on, std::string_view text) {
  json_source source;
  document_reader reader{on};
  envelope result;
  simdjson::dom::object content;
  if (!reader.open(source, text, size_limit(on), result, content))
    return tl::unexpected(std::move(reader).result());
  return result;
}

} // namespace otafleet::uptane
