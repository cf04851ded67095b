#include <limits>
#include <optional>

#include <simdjson.h>

#include "uptane/document_reader.hpp"
#include "uptane/metadata.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::int64_t least_threshold = 1;
constexpr std::int64_t most_threshold = 1000;

std::optional<role> role_of(std::string_view name) noexcept {
  for (const auto of : {role::root, role::targets, role::snapshot, role::timestamp})
    if (to_string(of) == name)
      return of;
  return std::nullopt;
}

bool read_role(document_reader& reader, const simdjson::dom::object& from, role of, role_keys& out) {
  const auto name = to_string(of);
  simdjson::dom::element key_ids;
  simdjson::dom::array list;
  std::int64_t threshold = 0;
  if (from.at_key("keyids").get(key_ids) != simdjson::SUCCESS || key_ids.get_array().get(list) != simdjson::SUCCESS)
    return reader.invalid({"keyids", name}, "is not an array");
  for (const auto item : list) {
    std::string_view key_id;
    if (!reader.as_string(item, {"keyids", name}, key_id))
      return false;
    out.key_ids.emplace(key_id);
  }
  if (!reader.integer_in(from, {"threshold", name}, std::numeric_limits<std::int64_t>::min(),
                         std::numeric_limits<std::int64_t>::max(), threshold))
    return false;
  if (threshold < least_threshold || threshold > most_threshold)
    return reader.fail_for(of, failure_code::illegal_threshold,
                           "the role " + std::string{name} + " has an illegal signature threshold: " +
                               std::to_string(threshold) + " is not between 1 and 1000");
  out.threshold = static_cast<std::int32_t>(threshold);
  return true;
}

bool read_root(document_reader& reader, const simdjson::dom::object& content, root& into) {
  simdjson::dom::object keys;
  simdjson::dom::object roles;
  if (!reader.object_in(content, {"keys"}, keys) || !reader.keys_in(keys, &into.keys) ||
      !reader.object_in(content, {"roles"}, roles))
    return false;
  for (const auto member : roles) {
    // ota-lith lists roles of its own, such as `offline-updates`; a device passes over them.
    const auto of = role_of(member.key);
    if (!of)
      continue;
    simdjson::dom::object one;
    if (!reader.as_object(member.value, {"role", member.key}, one) || !read_role(reader, one, *of, into.roles[*of]))
      return false;
  }
  return true;
}

} // namespace

tl::expected<root_ptr, failure> parse_root(repository repo, std::string_view text) {
  json_source source;
  document_reader reader{repo, role::root};
  auto result = std::make_shared<root>();
  simdjson::dom::object content;
  if (!reader.open(source, text, size_limit(repo, role::root), *result, content) || !reader.base(content, *result) ||
      !read_root(reader, content, *result))
    return tl::unexpected(std::move(reader).result());
  return result;
}

} // namespace otafleet::uptane
