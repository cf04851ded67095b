#include <algorithm>
#include <limits>

#include <simdjson.h>

#include "uptane/document_reader.hpp"
#include "uptane/metadata.hpp"

namespace otafleet::uptane {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// What old servers wrote for "no uri".
constexpr std::string_view unset_uri = "https://example.com/";

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

/// A `delegations` member that names no role delegates nothing.
bool read_delegations(document_reader& reader, const object& content, targets& into) {
  element value;
  object delegations;
  object keys;
  array roles;
  if (content.at_key("delegations").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  if (!reader.as_object(value, {"delegations"}, delegations))
    return false;
  if (delegations.at_key("keys").get(value) == simdjson::SUCCESS &&
      (!reader.as_object(value, {"keys", "delegations"}, keys) || !reader.keys_in(keys, nullptr)))
    return false;
  if (delegations.at_key("roles").get(value) != simdjson::SUCCESS)
    return true;
  if (value.get_array().get(roles) != simdjson::SUCCESS)
    return reader.invalid({"roles", "delegations"}, "is not an array");
  into.has_delegations = roles.begin() != roles.end();
  return true;
}

bool read_targets(document_reader& reader, const object& content, targets& into) {
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
  return read_correlation_id(reader, content, into) && read_delegations(reader, content, into);
}

} // namespace

tl::expected<targets_ptr, failure> parse_targets(repository repo, std::string_view text) {
  json_source source;
  document_reader reader{repo, role::targets};
  auto result = std::make_shared<targets>();
  object content;
  if (!reader.open(source, text, size_limit(repo, role::targets), *result, content) || !reader.base(content, *result) ||
      !read_targets(reader, content, *result))
    return tl::unexpected(std::move(reader).result());
  return result;
}

} // namespace otafleet::uptane
