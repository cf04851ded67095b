// Asymmetric keys and the signatures made with them.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/handles.hpp"

namespace otafleet::pki {

enum class key_type { ec_p256, ed25519, rsa_2048, rsa_3072, rsa_4096 };

/// The scenario's and the metrics' name: `ec-p256`, `ed25519`, `rsa-2048`, ...
[[nodiscard]] std::string_view to_string(key_type type) noexcept;
[[nodiscard]] tl::expected<key_type, std::string> key_type_from(std::string_view name);

/// A public key. Copies share one OpenSSL object; const members are thread safe.
class public_key {
public:
  // -- construction -----------------------------------------------------------

  /// Reads a SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`); fails for key types and RSA sizes not in `key_type`.
  [[nodiscard]] static tl::expected<public_key, std::string> from_pem(std::string_view pem);
  [[nodiscard]] static tl::expected<public_key, std::string> from_spki_der(byte_view der);
  /// `raw` must be the 32 bytes of RFC 8032.
  [[nodiscard]] static tl::expected<public_key, std::string> from_raw_ed25519(byte_view raw);
  /// Takes ownership; `key` must be of a supported type.
  [[nodiscard]] static tl::expected<public_key, std::string> adopt(key_handle key);

  public_key(const public_key& other) noexcept;
  public_key& operator=(const public_key& other) noexcept;
  public_key(public_key&&) noexcept = default;
  public_key& operator=(public_key&&) noexcept = default;
  ~public_key() = default;

  // -- forms ------------------------------------------------------------------

  [[nodiscard]] key_type type() const noexcept { return type_; }
  /// SubjectPublicKeyInfo with LF line ends and one trailing newline.
  [[nodiscard]] std::string spki_pem() const;
  [[nodiscard]] bytes spki_der() const;
  /// The 32 raw bytes; empty unless the key is Ed25519.
  [[nodiscard]] bytes raw_ed25519() const;
  [[nodiscard]] EVP_PKEY* native() const noexcept { return key_.get(); }

  // -- signatures -------------------------------------------------------------

  /// True when `signature` over `message` is this key's: RSASSA-PSS with SHA-256 and any salt length for RSA (what
  /// aktualizr accepts, protocol.md section 4.5), pure Ed25519, ECDSA with SHA-256 for EC. A malformed signature is
  /// just false.
  [[nodiscard]] bool verify(byte_view message, byte_view signature) const;

private:
  public_key(key_handle key, key_type type) noexcept : key_(std::move(key)), type_(type) {}

  key_handle key_;
  key_type type_;
};

/// A private key held in memory. Copies share one OpenSSL object; const members are thread safe.
class private_key {
public:
  // -- construction -----------------------------------------------------------

  [[nodiscard]] static tl::expected<private_key, std::string> generate(key_type type);
  /// Reads an unencrypted PKCS#8, PKCS#1 or SEC 1 key in PEM.
  [[nodiscard]] static tl::expected<private_key, std::string> from_pem(std::string_view pem);
  [[nodiscard]] static tl::expected<private_key, std::string> from_pkcs8_der(byte_view der);
  /// `seed` must be the 32 bytes of RFC 8032.
  [[nodiscard]] static tl::expected<private_key, std::string> from_ed25519_seed(byte_view seed);
  /// Takes ownership; `key` must be of a supported type and able to sign. Its private half may live in a token, which
  /// is why it is not looked for here.
  [[nodiscard]] static tl::expected<private_key, std::string> adopt(key_handle key);

  private_key(const private_key& other) noexcept;
  private_key& operator=(const private_key& other) noexcept;
  private_key(private_key&&) noexcept = default;
  private_key& operator=(private_key&&) noexcept = default;
  ~private_key() = default;

  // -- forms ------------------------------------------------------------------

  [[nodiscard]] key_type type() const noexcept { return type_; }
  /// Shares this key's OpenSSL object and shows only its public half.
  [[nodiscard]] public_key public_part() const;
  /// Unencrypted PKCS#8; a secret (design section 3, rule 10).
  [[nodiscard]] std::string pkcs8_pem() const;
  [[nodiscard]] bytes pkcs8_der() const;
  [[nodiscard]] EVP_PKEY* native() const noexcept { return key_.get(); }

  // -- signatures -------------------------------------------------------------

  /// Signs `message`: RSASSA-PSS, SHA-256, salt of 32 bytes for RSA; pure Ed25519; ECDSA with SHA-256, DER encoded, for
  /// EC.
  [[nodiscard]] tl::expected<bytes, std::string> sign(byte_view message) const;

private:
  private_key(key_handle key, key_type type) noexcept : key_(std::move(key)), type_(type) {}

  key_handle key_;
  key_type type_;
};

} // namespace otafleet::pki
