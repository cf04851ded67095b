#include "pki/key.hpp"

#include <array>
#include <new>
#include <utility>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "pki/algorithms.hpp"
#include "pki/bio.hpp"

namespace otafleet::pki {
namespace {

constexpr std::array<std::pair<key_type, std::string_view>, 5> type_names{{{key_type::ec_p256, "ec-p256"},
                                                                           {key_type::ed25519, "ed25519"},
                                                                           {key_type::rsa_2048, "rsa-2048"},
                                                                           {key_type::rsa_3072, "rsa-3072"},
                                                                           {key_type::rsa_4096, "rsa-4096"}}};

constexpr bool is_rsa(key_type type) noexcept {
  return type != key_type::ec_p256 && type != key_type::ed25519;
}

unsigned rsa_bits(key_type type) noexcept {
  return type == key_type::rsa_2048 ? 2048 : type == key_type::rsa_3072 ? 3072 : 4096;
}

const unsigned char* octets(byte_view raw) noexcept {
  return reinterpret_cast<const unsigned char*>(raw.data());
}

tl::expected<key_type, std::string> type_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
  case EVP_PKEY_ED25519:
    return key_type::ed25519;
  case EVP_PKEY_EC: {
    std::array<char, 64> group{};
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
        std::string_view{group.data()} == SN_X9_62_prime256v1)
      return key_type::ec_p256;
    return tl::unexpected(std::string{"the key is on an elliptic curve other than P-256"});
  }
  case EVP_PKEY_RSA:
    for (const auto type : {key_type::rsa_2048, key_type::rsa_3072, key_type::rsa_4096})
      if (EVP_PKEY_get_bits(key) == static_cast<int>(rsa_bits(type)))
        return type;
    return tl::unexpected("the RSA key has " + std::to_string(EVP_PKEY_get_bits(key)) +
                          " bits; 2048, 3072 and 4096 are supported");
  default:
    return tl::unexpected(std::string{"the key is neither RSA, Ed25519 nor EC P-256"});
  }
}

key_handle shared(EVP_PKEY* key) noexcept {
  EVP_PKEY_up_ref(key);
  return key_handle{key};
}

/// Sets up RSASSA-PSS where the key is RSA; `salt` is a length or one of OpenSSL's special values.
bool prepare(EVP_PKEY_CTX* context, key_type type, int salt) {
  return !is_rsa(type) || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1);
}

const EVP_MD* message_digest(key_type type) {
  return type == key_type::ed25519 ? nullptr : sha256_method();
}

md_context_handle new_context() {
  md_context_handle context{EVP_MD_CTX_new()};
  if (context == nullptr)
    throw std::bad_alloc{};
  return context;
}

std::string too_long() {
  return "a key cannot be longer than " + std::to_string(max_object_bytes) + " bytes";
}

} // namespace

std::string_view to_string(key_type type) noexcept {
  for (const auto& [value, name] : type_names)
    if (value == type)
      return name;
  return "unknown";
}

tl::expected<key_type, std::string> key_type_from(std::string_view name) {
  for (const auto& [value, known] : type_names)
    if (known == name)
      return value;
  return tl::unexpected("\"" + std::string{name} +
                        "\" is not a key type; known are ec-p256, ed25519, rsa-2048, rsa-3072 and rsa-4096");
}

// -- public_key -----------------------------------------------------------------

public_key::public_key(const public_key& other) noexcept : key_(shared(other.key_.get())), type_(other.type_) {}

public_key& public_key::operator=(const public_key& other) noexcept {
  key_ = shared(other.key_.get());
  type_ = other.type_;
  return *this;
}

tl::expected<public_key, std::string> public_key::adopt(key_handle key) {
  const auto type = type_of(key.get());
  if (!type)
    return tl::unexpected(type.error());
  return public_key{std::move(key), *type};
}

tl::expected<public_key, std::string> public_key::from_pem(std::string_view pem) {
  if (pem.size() > max_object_bytes)
    return tl::unexpected(too_long());
  const auto reader = reader_of(as_bytes(pem));
  unsigned char* data = nullptr;
  long size = 0;
  // Not PEM_read_bio_PUBKEY: that also takes other labels than the contract's.
  if (PEM_bytes_read_bio(&data, &size, nullptr, PEM_STRING_PUBLIC, reader.get(), refuse_password, nullptr) != 1)
    return tl::unexpected(with_reason("no PEM public key could be read"));
  auto result = from_spki_der(std::as_bytes(std::span{data, static_cast<std::size_t>(size)}));
  OPENSSL_free(data);
  return result;
}

tl::expected<public_key, std::string> public_key::from_spki_der(byte_view der) {
  if (der.size() > max_object_bytes)
    return tl::unexpected(too_long());
  const auto* at = octets(der);
  key_handle key{d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()))};
  if (key == nullptr)
    return tl::unexpected(with_reason("no public key could be read"));
  if (at != octets(der) + der.size())
    return tl::unexpected(std::string{"bytes follow the public key"});
  return adopt(std::move(key));
}

tl::expected<public_key, std::string> public_key::from_raw_ed25519(byte_view raw) {
  if (raw.size() != 32)
    return tl::unexpected("an Ed25519 public key has 32 bytes, not " + std::to_string(raw.size()));
  key_handle key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw), raw.size())};
  if (key == nullptr)
    return tl::unexpected(with_reason("no Ed25519 public key could be read"));
  return public_key{std::move(key), key_type::ed25519};
}

std::string public_key::spki_pem() const {
  const auto writer = make_writer();
  PEM_write_bio_PUBKEY(writer.get(), native());
  return std::string{as_text(written(writer.get()))};
}

bytes public_key::spki_der() const {
  const auto writer = make_writer();
  i2d_PUBKEY_bio(writer.get(), native());
  const auto der = written(writer.get());
  return {der.begin(), der.end()};
}

bytes public_key::raw_ed25519() const {
  if (type_ != key_type::ed25519)
    return {};
  bytes raw(32);
  auto size = raw.size();
  EVP_PKEY_get_raw_public_key(native(), reinterpret_cast<unsigned char*>(raw.data()), &size);
  return raw;
}

bool public_key::verify(byte_view message, byte_view signature) const {
  const auto context = new_context();
  EVP_PKEY_CTX* details = nullptr; // owned by `context`
  const bool good =
      EVP_DigestVerifyInit(context.get(), &details, message_digest(type_), nullptr, native()) == 1 &&
      prepare(details, type_, RSA_PSS_SALTLEN_AUTO) &&
      EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
  if (!good)
    static_cast<void>(last_openssl_error()); // A bad signature must not haunt this thread's next TLS call.
  return good;
}

// -- private_key ----------------------------------------------------------------

private_key::private_key(const private_key& other) noexcept : key_(shared(other.key_.get())), type_(other.type_) {}

private_key& private_key::operator=(const private_key& other) noexcept {
  key_ = shared(other.key_.get());
  type_ = other.type_;
  return *this;
}

tl::expected<private_key, std::string> private_key::generate(key_type type) {
  key_handle key;
  if (is_rsa(type))
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits(type))));
  else if (type == key_type::ec_p256)
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", SN_X9_62_prime256v1));
  else
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr)
    return tl::unexpected(with_reason("no " + std::string{to_string(type)} + " key could be made"));
  return private_key{std::move(key), type};
}

tl::expected<private_key, std::string> private_key::adopt(key_handle key) {
  const auto type = type_of(key.get());
  if (!type)
    return tl::unexpected(type.error());
  return private_key{std::move(key), *type};
}

tl::expected<private_key, std::string> private_key::from_pem(std::string_view pem) {
  if (pem.size() > max_object_bytes)
    return tl::unexpected(too_long());
  const auto reader = reader_of(as_bytes(pem));
  key_handle key{PEM_read_bio_PrivateKey(reader.get(), nullptr, refuse_password, nullptr)};
  if (key == nullptr)
    return tl::unexpected(with_reason("no unencrypted PEM private key could be read"));
  return adopt(std::move(key));
}

tl::expected<private_key, std::string> private_key::from_pkcs8_der(byte_view der) {
  if (der.size() > max_object_bytes)
    return tl::unexpected(too_long());
  const auto* at = octets(der);
  PKCS8_PRIV_KEY_INFO* info = d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size()));
  if (info == nullptr)
    return tl::unexpected(with_reason("no PKCS#8 private key could be read"));
  key_handle key{EVP_PKCS82PKEY(info)};
  PKCS8_PRIV_KEY_INFO_free(info);
  if (key == nullptr)
    return tl::unexpected(with_reason("no PKCS#8 private key could be read"));
  if (at != octets(der) + der.size())
    return tl::unexpected(std::string{"bytes follow the private key"});
  return adopt(std::move(key));
}

tl::expected<private_key, std::string> private_key::from_ed25519_seed(byte_view seed) {
  if (seed.size() != 32)
    return tl::unexpected("an Ed25519 seed has 32 bytes, not " + std::to_string(seed.size()));
  key_handle key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size())};
  if (key == nullptr)
    return tl::unexpected(with_reason("no Ed25519 private key could be read"));
  return private_key{std::move(key), key_type::ed25519};
}

public_key private_key::public_part() const {
  // The same object: a public_key never gives its private half away, and a second one costs memory for every device.
  return public_key::adopt(shared(native())).value();
}

std::string private_key::pkcs8_pem() const {
  const auto writer = make_writer();
  PEM_write_bio_PKCS8PrivateKey(writer.get(), native(), nullptr, nullptr, 0, nullptr, nullptr);
  return std::string{as_text(written(writer.get()))};
}

bytes private_key::pkcs8_der() const {
  const auto writer = make_writer();
  i2d_PKCS8PrivateKey_bio(writer.get(), native(), nullptr, nullptr, 0, nullptr, nullptr);
  const auto der = written(writer.get());
  return {der.begin(), der.end()};
}

tl::expected<bytes, std::string> private_key::sign(byte_view message) const {
  const auto context = new_context();
  EVP_PKEY_CTX* details = nullptr; // owned by `context`
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(native()));
  bytes signature(size);
  if (EVP_DigestSignInit(context.get(), &details, message_digest(type_), nullptr, native()) != 1 ||
      !prepare(details, type_, RSA_PSS_SALTLEN_DIGEST) ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets(message),
                     message.size()) != 1)
    return tl::unexpected(with_reason("signing with the " + std::string{to_string(type_)} + " key failed"));
  signature.resize(size);
  return signature;
}

} // namespace otafleet::pki
