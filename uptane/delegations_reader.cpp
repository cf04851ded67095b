#include "uptane/delegations_reader.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include <simdjson.h>

namespace otafleet::uptane {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_glob = 4096;

/// aktualizr compares in lower case, although the names of delegations keep theirs.
bool is_reserved(std::string_view name) {
  std::string lower{name};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return std::ranges::any_of(std::initializer_list<role>{role::root, role::targets, role::snapshot, role::timestamp},
                             [&](role of) { return lower == to_string(of); });
}

bool read_name(document_reader& reader, const object& from, std::string& name) {
  std::string_view text;
  if (!reader.string_in(from, {"name", "delegations"}, text))
    return false;
  if (text.empty() || text.size() > longest_name)
    return reader.invalid({"name", "delegations"}, "is not 1 to 255 bytes long");
  if (is_reserved(text))
    return reader.invalid({"name", text}, "is reserved for a role");
  name = text;
  return true;
}

/// A role without `paths` (such as one of TUF's hash bins) is delegated nothing.
bool read_paths(document_reader& reader, const object& from, delegation& into) {
  element value;
  array list;
  if (from.at_key("paths").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  if (value.get_array().get(list) != simdjson::SUCCESS)
    return reader.invalid({"paths", into.name}, "is not an array");
  into.paths.reserve(list.size());
  for (const auto item : list) {
    std::string_view glob;
    if (!reader.as_string(item, {"paths", into.name}, glob))
      return false;
    if (glob.size() > longest_glob || glob.find('\0') != std::string_view::npos)
      return reader.invalid({"paths", into.name}, "holds a pattern of more than 4096 bytes, or with a zero byte");
    into.paths.emplace_back(glob);
  }
  return true;
}

bool read_terminating(document_reader& reader, const object& from, delegation& into) {
  element value;
  if (from.at_key("terminating").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  return value.get_bool().get(into.terminating) == simdjson::SUCCESS ||
         reader.invalid({"terminating", into.name}, "is neither true nor false");
}

bool read_role(document_reader& reader, const object& from, delegation& into) {
  return read_name(reader, from, into.name) && reader.role_keys_in(from, role::targets, into.name, into.keys) &&
         read_paths(reader, from, into) && read_terminating(reader, from, into);
}

} // namespace

bool read_delegations(document_reader& reader, const object& content, std::map<std::string, pki::public_key>& keys,
                      std::vector<delegation>& roles) {
  element value;
  object delegations;
  object key_objects;
  array list;
  if (content.at_key("delegations").get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  if (!reader.as_object(value, {"delegations"}, delegations))
    return false;
  if (delegations.at_key("keys").get(value) == simdjson::SUCCESS &&
      (!reader.as_object(value, {"keys", "delegations"}, key_objects) || !reader.keys_in(key_objects, keys)))
    return false;
  if (delegations.at_key("roles").get(value) != simdjson::SUCCESS)
    return true;
  if (value.get_array().get(list) != simdjson::SUCCESS)
    return reader.invalid({"roles", "delegations"}, "is not an array");
  // Two of a name would leave open whose keys count: aktualizr would take those of both.
  std::set<std::string_view> names;
  roles.reserve(list.size());
  for (const auto item : list) {
    object one;
    auto& into = roles.emplace_back();
    if (!reader.as_object(item, {"role", "delegations"}, one) || !read_role(reader, one, into))
      return false;
    if (!names.insert(into.name).second)
      return reader.invalid({"roles", into.name}, "is listed twice");
  }
  return true;
}

} // namespace otafleet::uptane
