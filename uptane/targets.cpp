#include <algorithm>
#include <limits>

#include <simdjson.h>

#include "uptane/delegations_reader.hpp"
#include "uptane/document_reader.hpp"
#include "uptane/metadata.hpp"
#include "uptane/target_pieces.hpp"

namespace otafleet::uptane {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// What old servers wrote for "no uri".
constexpr std::string_view unset_uri = "https://example.com/";
/// More than any Director's list, so that only the Image repository's long ones are read in pieces.
constexpr std::size_t longest_parsed_whole = 128 * 1024;

bool read_hardware_ids(document_reader& reader, const object& custom, target& into) {
  element value;
  array list;
  if (custom.at_key("hardwareIds").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  if (value.get_array().get(list) != simdjson::SUCCESS)
    return reader.invalid({"hardwareIds", into.filename}, "is not an array");
  into.hardware_ids.reserve(list.size());
  for (const auto item : list) {
    std::string_view id;
    if (!reader.as_string(item, {"hardwareIds", into.filename}, id))
      return false;
    into.hardware_ids.emplace_back(id);
  }
  return true;
}

bool read_ecus(document_reader& reader, const object& custom, target& into) {
  element value;
  object ecus;
  if (custom.at_key("ecuIdentifiers").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  if (!reader.as_object(value, {"ecuIdentifiers", into.filename}, ecus))
    return false;
  for (const auto member : ecus) {
    object ecu;
    std::string_view hardware_id;
    if (!reader.as_object(member.value, {"ecuIdentifiers", into.filename}, ecu) ||
        !reader.string_in(ecu, {"hardwareId", into.filename}, hardware_id))
      return false;
    into.ecus.emplace(member.key, hardware_id);
  }
  return true;
}

bool read_custom(document_reader& reader, const object& from, target& into) {
  element value;
  object custom;
  if (from.at_key("custom").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  if (!reader.as_object(value, {"custom", into.filename}, custom) || !read_hardware_ids(reader, custom, into) ||
      !read_ecus(reader, custom, into) ||
      !reader.optional_string_in(custom, {"targetFormat", into.filename}, into.format) ||
      !reader.optional_string_in(custom, {"uri", into.filename}, into.uri))
    return false;
  if (into.uri == unset_uri)
    into.uri.clear();
  return true;
}

bool read_target(document_reader& reader, const element& value, target& into) {
  object from;
  object hashes;
  std::int64_t length = 0;
  if (!reader.as_object(value, {"target", into.filename}, from) ||
      !reader.integer_in(from, {"length", into.filename}, 0, std::numeric_limits<std::int64_t>::max(), length) ||
      !reader.object_in(from, {"hashes", into.filename}, hashes) ||
      !reader.hashes_in(hashes, into.filename, into.hashes.sha256, into.hashes.sha512))
    return false;
  if (into.hashes.sha256.empty() && into.hashes.sha512.empty())
    return reader.invalid({"hashes", into.filename}, "holds neither sha256 nor sha512");
  into.length = static_cast<std::uint64_t>(length);
  return read_custom(reader, from, into);
}

bool read_correlation_id(document_reader& reader, const object& content, targets& into) {
  element value;
  object custom;
  if (content.at_key("custom").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  return reader.as_object(value, {"custom"}, custom) &&
         reader.optional_string_in(custom, {"correlationId"}, into.correlation_id);
}

bool read_list(document_reader& reader, const object& content, targets& into) {
  object list;
  if (!reader.object_in(content, {"targets"}, list))
    return false;
  into.list.reserve(list.size());
  for (const auto member : list) {
    auto& one = into.list.emplace_back();
    one.filename = member.key;
    if (!read_target(reader, member.value, one))
      return false;
  }
  const auto by_name = [](const target& a, const target& b) { return a.filename < b.filename; };
  if (!std::is_sorted(into.list.begin(), into.list.end(), by_name))
    std::sort(into.list.begin(), into.list.end(), by_name);
  return true;
}

bool read_rest(document_reader& reader, const object& content, targets& into) {
  return read_correlation_id(reader, content, into) &&
         read_delegations(reader, content, into.delegation_keys, into.delegations);
}

tl::expected<targets_ptr, failure> parse_whole(const subject& on, std::string_view text, keep_sources keep) {
  json_source source;
  document_reader reader{on, keep};
  auto result = std::make_shared<targets>();
  object content;
  if (!reader.open(source, text, size_limit(on), *result, content) || !reader.base(content, *result) ||
      !read_list(reader, content, *result) || !read_rest(reader, content, *result))
    return tl::unexpected(std::move(reader).result());
  return result;
}

/// The same with a fraction of the memory; null where anything is odd, for the whole to say what.
targets_ptr parse_in_pieces(const subject& on, std::string_view text, keep_sources keep) {
  const auto pieces = target_pieces::cut(text);
  if (!pieces)
    return nullptr;
  json_source source;
  document_reader reader{on};
  auto result = std::make_shared<targets>();
  object content;
  reader.write_targets_by([&](std::string& out, canonical_writer& writer) {
    out.reserve(text.size());
    result->list.reserve(pieces->count());
    return pieces->append_to(out, writer, [&](std::string_view filename, const element& value) {
      auto& one = result->list.emplace_back();
      one.filename = filename;
      return read_target(reader, value, one);
    });
  });
  if (!reader.open(source, pieces->skeleton(), size_limit(on), *result, content) || !reader.base(content, *result) ||
      !read_rest(reader, content, *result))
    return nullptr;
  if (keep == keep_sources::yes)
    result->source = std::make_shared<const std::string>(text);
  return result;
}

tl::expected<targets_ptr, failure> parse(const subject& on, std::string_view text, keep_sources keep) {
  if (text.size() > longest_parsed_whole && text.size() <= size_limit(on)) {
    if (auto result = parse_in_pieces(on, text, keep))
      return result;
  }
  return parse_whole(on, text, keep);
}

} // namespace

tl::expected<targets_ptr, failure> parse_targets(repository repo, std::string_view text, keep_sources keep) {
  return parse({repo, role::targets}, text, keep);
}

tl::expected<targets_ptr, failure> parse_delegation(std::string_view name, std::string_view text, keep_sources keep) {
  return parse({repository::image, role::targets, name}, text, keep);
}

} // namespace otafleet::uptane
