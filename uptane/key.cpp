#include "uptane/key.hpp"

#include <algorithm>

#include "pki/digest.hpp"
#include "pki/encoding.hpp"
#include "uptane/canonical.hpp"

namespace otafleet::uptane {
namespace {

bool is_ed25519(const pki::public_key& key) noexcept {
  return key.type() == pki::key_type::ed25519;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  });
}

} // namespace

std::string server_key_text(const pki::public_key& key) {
  return is_ed25519(key) ? pki::to_hex(key.raw_ed25519()) : key.spki_pem();
}

std::string device_key_text(const pki::public_key& key) {
  return is_ed25519(key) ? pki::to_upper_hex(key.raw_ed25519()) : key.spki_pem();
}

std::string_view key_type_text(const pki::public_key& key) {
  return is_ed25519(key) ? "ED25519" : "RSA";
}

bool is_supported_key_type(std::string_view key_type) noexcept {
  return equal_ignoring_case(key_type, "rsa") || equal_ignoring_case(key_type, "ed25519");
}

tl::expected<pki::public_key, std::string> key_from(std::string_view key_type, std::string_view key_text) {
  if (!is_supported_key_type(key_type))
    return tl::unexpected(std::string{"Unsupported key type"});
  if (equal_ignoring_case(key_type, "ed25519"))
    return pki::from_hex(key_text).and_then([](const bytes& raw) { return pki::public_key::from_raw_ed25519(raw); });
  auto key = pki::public_key::from_pem(key_text);
  if (key && (is_ed25519(*key) || key->type() == pki::key_type::ec_p256))
    return tl::unexpected(std::string{"a key of type RSA holds another kind of key"});
  return key;
}

std::string server_key_id(const pki::public_key& key) {
  return pki::sha256_hex(key.spki_der());
}

std::string device_key_id(std::string_view key_text) {
  const auto end = key_text.find_last_not_of('\n');
  std::string quoted;
  append_json_string(quoted, key_text.substr(0, end == std::string_view::npos ? 0 : end + 1));
  return pki::sha256_hex(as_bytes(quoted));
}

std::string_view device_method(const pki::public_key& key) {
  return is_ed25519(key) ? "ed25519" : "rsassa-pss";
}

} // namespace otafleet::uptane
