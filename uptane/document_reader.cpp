#include "uptane/document_reader.hpp"

#include <limits>
#include <optional>
#include <utility>

#include <simdjson.h>

#include "uptane/key.hpp"
#include "uptane/recent_keys.hpp"
#include "uptane/shown.hpp"

namespace otafleet::uptane {
namespace {

/// True when `text` is `bytes` bytes in hexadecimal; then `out` is the same in lower case.
bool lower_hex(std::string_view text, std::size_t bytes, std::string& out) {
  if (text.size() != bytes * 2)
    return false;
  out.assign(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'F')
      c = static_cast<char>(c + ('a' - 'A'));
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return false;
  }
  return true;
}

/// `key_from`, but an RSA key that was read lately is not read again. What a text means never changes, so sharing the
/// result is invisible but for the time it takes.
std::optional<pki::public_key> read_key(std::string_view type, std::string_view text) {
  static recent_keys recent{256};
  const bool is_costly = text.starts_with("-----BEGIN") && (type == "RSA" || type == "rsa");
  if (is_costly) {
    if (auto known = recent.find(text))
      return known;
  }
  auto key = key_from(type, text);
  if (!key)
    return std::nullopt;
  if (is_costly)
    recent.remember(text, *key);
  return std::move(*key);
}

} // namespace

bool document_reader::fail(failure_code code, std::string detail) {
  return fail_for(on_, code, std::move(detail));
}

bool document_reader::fail_for(const subject& on, failure_code code, std::string detail) {
  fault_ = on.wrong(code, std::move(detail));
  return false;
}

bool document_reader::invalid(field which, std::string_view what) {
  std::string detail = "invalid ";
  detail += on_.delegation.empty() ? std::string{to_string(on_.of)} + ".json" : "delegation " + shown(on_.delegation);
  detail += ": ";
  detail += which.name;
  if (!which.owner.empty())
    detail += " of " + shown(which.owner);
  detail += ' ';
  detail += what;
  return fail(failure_code::invalid_metadata, std::move(detail));
}

bool document_reader::as_object(const element& value, field which, object& out) {
  return value.get_object().get(out) == simdjson::SUCCESS || invalid(which, "is not an object");
}

bool document_reader::as_string(const element& value, field which, std::string_view& out) {
  return value.get_string().get(out) == simdjson::SUCCESS || invalid(which, "is not a string");
}

bool document_reader::object_in(const object& from, field which, object& out) {
  element value;
  if (from.at_key(which.name).get(value) != simdjson::SUCCESS)
    return invalid(which, "is missing");
  return as_object(value, which, out);
}

bool document_reader::string_in(const object& from, field which, std::string_view& out) {
  element value;
  if (from.at_key(which.name).get(value) != simdjson::SUCCESS)
    return invalid(which, "is missing");
  return as_string(value, which, out);
}

bool document_reader::optional_string_in(const object& from, field which, std::string& out) {
  element value;
  if (from.at_key(which.name).get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  std::string_view text;
  if (!as_string(value, which, text))
    return false;
  out = text;
  return true;
}

bool document_reader::integer_in(const object& from, field which, std::int64_t least, std::int64_t most,
                                 std::int64_t& out) {
  element value;
  if (from.at_key(which.name).get(value) != simdjson::SUCCESS)
    return invalid(which, "is missing");
  if (!value.is_int64() || value.get_int64().get(out) != simdjson::SUCCESS)
    return invalid(which, "is not an integer");
  if (out < least || out > most)
    return invalid(which, "is not between " + std::to_string(least) + " and " + std::to_string(most));
  return true;
}

bool document_reader::version_in(const object& from, field which, std::int32_t& out) {
  std::int64_t version = 0;
  if (!integer_in(from, which, 0, std::numeric_limits<std::int32_t>::max(), version))
    return false;
  out = static_cast<std::int32_t>(version);
  return true;
}

bool document_reader::hashes_in(const object& hashes, std::string_view owner, std::string& sha256,
                                std::string& sha512) {
  for (const auto member : hashes) {
    const bool is_sha256 = member.key == "sha256";
    if (!is_sha256 && member.key != "sha512")
      continue;
    std::string_view text;
    if (!as_string(member.value, {member.key, owner}, text))
      return false;
    if (!lower_hex(text, is_sha256 ? 32 : 64, is_sha256 ? sha256 : sha512))
      return invalid({member.key, owner}, is_sha256 ? "is not 64 hexadecimal digits" : "is not 128 hexadecimal digits");
  }
  return true;
}

bool document_reader::keys_in(const object& keys, std::map<std::string, pki::public_key>& out) {
  for (const auto member : keys) {
    object key;
    object value;
    std::string_view type;
    std::string_view text;
    if (!as_object(member.value, {"key", member.key}, key) || !string_in(key, {"keytype", member.key}, type) ||
        !object_in(key, {"keyval", member.key}, value) || !string_in(value, {"public", member.key}, text))
      return false;
    if (!is_supported_key_type(type))
      return fail(failure_code::security_exception, "Unsupported key type " + shown(type));
    // aktualizr keeps a key of an odd size or of broken material as one whose signatures never verify. So does leaving
    // it out: a signature by a key that is not there is passed over and does not count.
    if (auto parsed = read_key(type, text))
      out.emplace(member.key, std::move(*parsed));
  }
  return true;
}

bool document_reader::role_keys_in(const object& from, role of, std::string_view delegation, role_keys& out) {
  constexpr std::int64_t least = 1;
  constexpr std::int64_t most = 1000;
  const subject on{on_.repo, of, delegation};
  const auto name = on.name();
  element key_ids;
  simdjson::dom::array list;
  std::int64_t threshold = 0;
  if (from.at_key("keyids").get(key_ids) != simdjson::SUCCESS || key_ids.get_array().get(list) != simdjson::SUCCESS)
    return invalid({"keyids", name}, "is not an array");
  for (const auto item : list) {
    std::string_view key_id;
    if (!as_string(item, {"keyids", name}, key_id))
      return false;
    out.key_ids.emplace(key_id);
  }
  if (!integer_in(from, {"threshold", name}, std::numeric_limits<std::int64_t>::min(),
                  std::numeric_limits<std::int64_t>::max(), threshold))
    return false;
  if (threshold < least || threshold > most)
    return fail_for(on, failure_code::illegal_threshold,
                    "the role " + (delegation.empty() ? std::string{name} : shown(name)) +
                        " has an illegal signature threshold: " + std::to_string(threshold) +
                        " is not between 1 and 1000");
  out.threshold = static_cast<std::int32_t>(threshold);
  return true;
}

} // namespace otafleet::uptane
