// The OTA backend: a gateway for devices (mutual TLS) and a port for operators, in this process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "pki/key.hpp"
#include "server-stub/peculiarities.hpp"

namespace otafleet::stub {

struct account_options {
  /// 1 to 48 letters, digits, `-`, `_` and `.`; no two alike.
  std::string name;
  /// Of the roots and roles of both repositories: ed25519 or an RSA type.
  pki::key_type metadata_key = pki::key_type::ed25519;
  /// CAs of device certificates that are made elsewhere, in PEM, one or more in each text: their devices belong to this
  /// account, beside those that it provisions. The rules are those of protocol.md section 2.4.
  std::vector<std::string> device_cas{};
};

struct stub_options {
  /// A numeric address; port 0 picks a free one.
  std::string gateway_address = "127.0.0.1";
  std::uint16_t gateway_port = 0;
  /// Loopback only: the operator API is plain HTTP.
  std::string operator_address = "127.0.0.1";
  std::uint16_t operator_port = 0;

  /// Threads for devices, 1 to 256; operators have one of their own.
  std::size_t workers = 2;
  /// At least one.
  std::vector<account_options> accounts;

  /// Which backend's peculiarities devices find.
  backend_like like = backend_like::here;

  /// Added to every answer of the gateway.
  std::chrono::nanoseconds latency{0};
  /// Device certificates a second, 0 for no limit. Answers wait in line, up to a minute's worth; beyond, 429.
  double issue_rate = 0;
  /// TLS session resumption.
  bool tls_tickets = true;
  /// One more name in the gateway's certificate, beside 127.0.0.1, ::1 and localhost.
  std::string host_name = "localhost";
};

/// Everything is in memory and gone with it. Const members are thread safe.
class server {
public:
  /// Serves at once. Fails with a sentence that says what to change.
  [[nodiscard]] static tl::expected<std::unique_ptr<server>, std::string> start(const stub_options& options);

  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Lets requests that are being answered finish for up to three seconds. Idempotent.
  void stop();

  /// `https://127.0.0.1:41231`, with the path that the backend has before all others and no slash at the end.
  [[nodiscard]] std::string gateway_url() const;
  /// `http://127.0.0.1:41232`.
  [[nodiscard]] std::string operator_url() const;
  /// What `Authorization: Bearer` takes: a secret.
  [[nodiscard]] std::string operator_token() const;
  /// The account's shared credential, a PKCS#12 without a password: a secret. Empty for an unknown account.
  [[nodiscard]] bytes provisioning_p12(std::string_view account) const;
  /// The account's credentials.zip: a secret. Fails for an unknown account.
  [[nodiscard]] tl::expected<bytes, std::string> credentials_zip(std::string_view account) const;
  /// What clients must trust the gateway by, in PEM.
  [[nodiscard]] std::string gateway_ca() const;

private:
  struct state;
  explicit server(std::unique_ptr<state> inner);

  std::unique_ptr<state> state_;
};

} // namespace otafleet::stub
