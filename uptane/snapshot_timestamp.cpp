#include <limits>

#include <simdjson.h>

#include "uptane/document_reader.hpp"
#include "uptane/metadata.hpp"

namespace otafleet::uptane {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

bool read_timestamp(document_reader& reader, const object& content, timestamp& into) {
  constexpr std::string_view name = "snapshot.json";
  object meta;
  object entry;
  object hashes;
  return reader.object_in(content, {"meta"}, meta) && reader.object_in(meta, {name}, entry) &&
         reader.object_in(entry, {"hashes", name}, hashes) &&
         reader.hashes_in(hashes, name, into.snapshot.sha256, into.snapshot.sha512) &&
         reader.integer_in(entry, {"length", name}, std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max(), into.snapshot.length) &&
         reader.version_in(entry, {"version", name}, into.snapshot.version);
}

bool read_description(document_reader& reader, const element& value, std::string_view name, role_description& into) {
  object entry;
  object hashes;
  if (!reader.as_object(value, {"meta", name}, entry) || !reader.version_in(entry, {"version", name}, into.version))
    return false;
  // `length` is passed over: no client looks at it here (protocol.md section 4.7).
  element found;
  if (entry.at_key("hashes").get(found) != simdjson::SUCCESS || found.is_null())
    return true;
  return reader.as_object(found, {"hashes", name}, hashes) && reader.hashes_in(hashes, name, into.sha256, into.sha512);
}

bool read_snapshot(document_reader& reader, const object& content, snapshot& into) {
  object meta;
  if (!reader.object_in(content, {"meta"}, meta))
    return false;
  for (const auto member : meta) {
    const auto [at, is_new] = into.meta.try_emplace(std::string{member.key.substr(0, member.key.rfind('.'))});
    if (!is_new)
      return reader.invalid({"meta", member.key}, "describes a role for the second time");
    if (!read_description(reader, member.value, member.key, at->second))
      return false;
  }
  return true;
}

} // namespace

tl::expected<snapshot_ptr, failure> parse_snapshot(repository repo, std::string_view text, keep_sources keep) {
  const subject on{repo, role::snapshot};
  json_source source;
  document_reader reader{on, keep};
  auto result = std::make_shared<snapshot>();
  object content;
  if (!reader.open(source, text, size_limit(on), *result, content) || !reader.base(content, *result) ||
      !read_snapshot(reader, content, *result))
    return tl::unexpected(std::move(reader).result());
  return result;
}

tl::expected<timestamp_ptr, failure> parse_timestamp(repository repo, std::string_view text, keep_sources keep) {
  const subject on{repo, role::timestamp};
  json_source source;
  document_reader reader{on, keep};
  auto result = std::make_shared<timestamp>();
  object content;
  if (!reader.open(source, text, size_limit(on), *result, content) || !reader.base(content, *result) ||
      !read_timestamp(reader, content, *result))
    return tl::unexpected(std::move(reader).result());
  return result;
}

} // namespace otafleet::uptane
