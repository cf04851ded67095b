// Shared-credential provisioning: an account's device CA and the credential that may ask it for certificates
// (protocol.md sections 1.2 and 1.3).
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/certificate.hpp"
#include "pki/certificate_authority.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

struct provisioning_request {
  std::string device_id;
  std::chrono::days ttl{};
};

/// A device id becomes a certificate's common name, which X.509 limits to 64 characters.
inline constexpr std::size_t max_device_id = 64;

/// Printable ASCII, 1 to 64 characters, no space at either end.
[[nodiscard]] bool is_device_id(std::string_view text) noexcept;

/// Fails with `invalid_entity`. `ttl` is a number of days or a string of one (protocol.md section 13, gotcha 12).
[[nodiscard]] tl::expected<provisioning_request, refusal> read_provisioning(std::string_view body);

/// One account's. Immutable and thread safe.
class device_issuer {
public:
  /// `gateway_root` is what devices are to trust; it goes into every archive. Devices get keys of type `device_key`.
  [[nodiscard]] static tl::expected<device_issuer, std::string>
  make(const std::string& account, pki::certificate gateway_root, pki::key_type device_key = pki::key_type::ec_p256);

  /// A new key and a certificate for it, as a PKCS#12 without a password.
  [[nodiscard]] tl::expected<bytes, std::string> issue(const provisioning_request& request) const;

  [[nodiscard]] const pki::certificate& gateway_root() const noexcept { return gateway_root_; }
  [[nodiscard]] const pki::certificate& device_root() const noexcept { return authority_.root(); }
  /// The shared credential: a secret (design section 3, rule 10).
  [[nodiscard]] const bytes& credential() const noexcept { return credential_; }
  /// SHA-256 of the shared credential's certificate, lower-case hex.
  [[nodiscard]] const std::string& credential_fingerprint() const noexcept { return credential_fingerprint_; }

private:
  device_issuer(pki::certificate_authority authority, pki::certificate gateway_root, pki::key_type device_key) noexcept
      : authority_(std::move(authority)), gateway_root_(std::move(gateway_root)), device_key_(device_key) {}

  pki::certificate_authority authority_;
  pki::certificate gateway_root_;
  pki::key_type device_key_;
  bytes credential_;
  std::string credential_fingerprint_;
};

/// Where certificate requests wait when the backend issues only so many a second. Thread safe.
class issue_line {
public:
  using clock = std::chrono::steady_clock;

  /// `per_second` 0 means no limit.
  explicit issue_line(double per_second) noexcept;

  /// When the answer that joins now may go out; nothing when the line is a minute long already, as its clients would
  /// have given up.
  [[nodiscard]] std::optional<clock::time_point> join(clock::time_point now);

private:
  const clock::duration gap_;
  std::mutex mutex_;
  clock::time_point next_{};
};

} // namespace otafleet::stub
