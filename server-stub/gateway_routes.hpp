// What devices ask of the gateway, and the check that each is who it claims to be (protocol.md sections 0.3 and 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/http_handler.hpp"
#include "server-stub/provisioning.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

/// Thread safe; everything it refers to must outlive it.
///
/// On every request: the issuer of the client certificate decides the account, its common name the device. A request
/// that claims with `X-Otafleet-Device` to be for another device is refused (403 `identity_mismatch`), counted and
/// audited: it came over a connection that belongs to somebody else. An account's provisioning credential may only POST
/// /devices, and a device's certificate may not.
class gateway_routes final : public http_handler {
public:
  gateway_routes(account_table& accounts, issue_line& line, statistics& counts, audit_log& audit)
      : accounts_(accounts), line_(line), counts_(counts), audit_(audit) {}

  [[nodiscard]] std::optional<peer> identify(X509* leaf) override;
  [[nodiscard]] admission admit(request& head, const peer& from) override;
  [[nodiscard]] answer handle(request& complete, const peer& from) override;
  [[nodiscard]] answer refuse(unsigned status, std::uint8_t route) override;
  void handshake_ended(bool ok) override;

private:
  /// `proven` is what certificate or body say, `claimed` what the header says.
  [[nodiscard]] std::optional<refusal> objection_to_identity(const account& owner, std::string_view proven,
                                                             std::string_view claimed);
  [[nodiscard]] answer route(request& complete, const peer& from);
  [[nodiscard]] answer provision(const request& asked, const peer& from);
  [[nodiscard]] answer register_ecus(const request& asked, const peer& from);
  [[nodiscard]] answer take_manifest(const request& asked, const peer& from);
  [[nodiscard]] answer take_report(const request& asked, const peer& from);
  [[nodiscard]] answer metadata(const request& asked, const peer& from);
  [[nodiscard]] answer download(const request& asked, const peer& from);

  account_table& accounts_;
  issue_line& line_;
  statistics& counts_;
  audit_log& audit_;
};

} // namespace otafleet::stub
