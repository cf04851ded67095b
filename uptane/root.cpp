#include <optional>

#include <simdjson.h>

#include "uptane/document_reader.hpp"
#include "uptane/metadata.hpp"

namespace otafleet::uptane {
namespace {

std::optional<role> role_of(std::string_view name) noexcept {
  for (const auto of : {role::root, role::targets, role::snapshot, role::timestamp})
    if (to_string(of) == name)
      return of;
  return std::nullopt;
}

bool read_root(document_reader& reader, const simdjson::dom::object& content, root& into) {
  simdjson::dom::object keys;
  simdjson::dom::object roles;
  if (!reader.object_in(content, {"keys"}, keys) || !reader.keys_in(keys, into.keys) ||
      !reader.object_in(content, {"roles"}, roles))
    return false;
  for (const auto member : roles) {
    // ota-lith lists roles of its own, such as `offline-updates`; a device passes over them.
    const auto of = role_of(member.key);
    if (!of)
      continue;
    simdjson::dom::object one;
    if (!reader.as_object(member.value, {"role", member.key}, one) ||
        !reader.role_keys_in(one, *of, {}, into.roles[*of]))
      return false;
  }
  return true;
}

} // namespace

tl::expected<root_ptr, failure> parse_root(repository repo, std::string_view text, keep_sources keep) {
  const subject on{repo, role::root};
  json_source source;
  document_reader reader{on, keep};
  auto result = std::make_shared<root>();
  simdjson::dom::object content;
  if (!reader.open(source, text, size_limit(on), *result, content) || !reader.base(content, *result) ||
      !read_root(reader, content, *result))
    return tl::unexpected(std::move(reader).result());
  return result;
}

} // namespace otafleet::uptane
