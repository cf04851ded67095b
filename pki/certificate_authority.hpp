// A certificate authority: makes a root of its own and issues certificates from it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/certificate.hpp"
#include "pki/key.hpp"

namespace otafleet::pki {

/// What a certificate may be used for (extendedKeyUsage).
enum class certificate_use { client, server };

struct issue_request {
  std::string common_name;
  certificate_use use = certificate_use::client;
  std::chrono::days valid_for{365};
  /// DNS names and IP addresses; a server needs at least one (protocol.md section 13, gotcha 39).
  std::vector<std::string> subject_alt_names{};
};

/// A CA with its private key in memory. Const members are thread safe; serials are random 128-bit numbers.
class certificate_authority {
public:
  /// Makes a self-signed root with the three extensions that the guide asks of a fleet root CA (protocol.md
  /// section 2.4): basicConstraints CA:TRUE, keyUsage keyCertSign (and cRLSign), extendedKeyUsage `use`.
  [[nodiscard]] static tl::expected<certificate_authority, std::string>
  create(std::string_view common_name, certificate_use use, std::chrono::days valid_for = std::chrono::days{3650},
         key_type type = key_type::ec_p256);

  /// One that somebody else made. Fails when the key is not the certificate's, or the certificate not an authority's;
  /// dates are not judged.
  [[nodiscard]] static tl::expected<certificate_authority, std::string> adopt(private_key key, certificate root);

  /// Issues a certificate over `subject_key`. It starts five minutes ago, so that a slightly slow clock still accepts
  /// it.
  [[nodiscard]] tl::expected<certificate, std::string> issue(const public_key& subject_key,
                                                             const issue_request& request) const;

  [[nodiscard]] const certificate& root() const noexcept { return root_; }

private:
  certificate_authority(private_key key, certificate root) noexcept : key_(std::move(key)), root_(std::move(root)) {}

  private_key key_;
  certificate root_;
};

} // namespace otafleet::pki
