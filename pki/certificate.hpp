// X.509 certificates: reading them and asking them who they belong to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/handles.hpp"
#include "pki/key.hpp"

namespace otafleet::pki {

/// One certificate. Copies share one OpenSSL object; const members are thread safe.
class certificate {
public:
  // -- construction -----------------------------------------------------------

  [[nodiscard]] static tl::expected<certificate, std::string> from_pem(std::string_view pem);
  [[nodiscard]] static tl::expected<certificate, std::string> from_der(byte_view der);
  /// All certificates of a PEM bundle in their order; fails when there is none.
  [[nodiscard]] static tl::expected<std::vector<certificate>, std::string> bundle_from_pem(std::string_view pem);
  /// Takes ownership; `handle` must not be null.
  [[nodiscard]] static certificate adopt(certificate_handle handle) noexcept;

  certificate(const certificate& other) noexcept;
  certificate& operator=(const certificate& other) noexcept;
  certificate(certificate&&) noexcept = default;
  certificate& operator=(certificate&&) noexcept = default;
  ~certificate() = default;

  // -- what it says -----------------------------------------------------------

  /// The subject's last CN in UTF-8; empty when it has none. For a device this is its id.
  [[nodiscard]] std::string common_name() const;
  [[nodiscard]] std::string issuer_common_name() const;
  /// Lower-case hexadecimal, without leading zeros.
  [[nodiscard]] std::string serial_hex() const;
  /// SHA-256 of the DER form, lower-case hexadecimal.
  [[nodiscard]] std::string fingerprint() const;
  /// The dates that bound its life, to the second; the epoch for one that is not a date.
  [[nodiscard]] std::chrono::system_clock::time_point not_before() const;
  [[nodiscard]] std::chrono::system_clock::time_point not_after() const;
  [[nodiscard]] tl::expected<public_key, std::string> subject_public_key() const;
  /// True when `issuer`'s key made this certificate's signature and the names match; dates and extensions are not
  /// judged.
  [[nodiscard]] bool is_signed_by(const certificate& issuer) const;

  // -- forms ------------------------------------------------------------------

  [[nodiscard]] std::string pem() const;
  [[nodiscard]] bytes der() const;
  [[nodiscard]] X509* native() const noexcept { return handle_.get(); }

private:
  explicit certificate(certificate_handle handle) noexcept : handle_(std::move(handle)) {}

  certificate_handle handle_;
};

/// What a TLS client presents and trusts: the content of a device PKCS#12 (protocol.md section 1.2).
struct credential {
  private_key key;
  certificate leaf;
  /// The certificates that came beside the leaf: trust anchors for the gateway, and sent after the leaf.
  std::vector<certificate> authorities;
};

} // namespace otafleet::pki
