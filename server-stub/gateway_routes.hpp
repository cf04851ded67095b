// What devices ask of the gateway, and the check that each is who it claims to be (protocol.md sections 0.3 and 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/device_trust.hpp"
#include "server-stub/http_handler.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/provisioning.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

/// Thread safe; everything it refers to must outlive it.
///
/// On every request: the CA of the client certificate decides the account, its common name the device. A request
/// that claims with `X-Otafleet-Device` to be for another device is refused (403 `identity_mismatch`), counted and
/// audited: it came over a connection that belongs to somebody else. An account's provisioning credential may only POST
/// /devices, and a device's certificate may not. `like` says how the backend that is played differs
/// (peculiarities.hpp); every path is looked for in `request.path`, which `admit` sets.
class gateway_routes final : public http_handler {
public:
  gateway_routes(const device_trust& trust, issue_line& line, statistics& counts, audit_log& audit,
                 const peculiarities& like = peculiarities_of(backend_like::here))
      : trust_(trust), line_(line), counts_(counts), audit_(audit), like_(like) {}

  [[nodiscard]] std::optional<peer> identify(X509* leaf) override;
  [[nodiscard]] admission admit(request& head, const peer& from) override;
  [[nodiscard]] answer handle(request& complete, const peer& from) override;
  [[nodiscard]] answer refuse(unsigned status, std::uint8_t route) override;
  void handshake_ended(bool ok) override;

private:
  /// `proven` is what certificate or body say, `claimed` what the header says.
  [[nodiscard]] std::optional<refusal> objection_to_identity(const account& owner, std::string_view proven,
                                                             std::string_view claimed);
  /// Why the peer may not do this, whatever it sends.
  [[nodiscard]] std::optional<refusal> objection_to_peer(endpoint which, const peer& from);
  /// In the words of the backend that is played.
  [[nodiscard]] answer refused(const refusal& why) const { return to_answer(why, like_.errors); }
  template <class Value>
  [[nodiscard]] answer answer_with(const tl::expected<Value, refusal>& result) const {
    return result ? answer::shared(*result) : refused(result.error());
  }
  [[nodiscard]] answer route(request& complete, const peer& from);
  [[nodiscard]] answer provision(const request& asked, const peer& from);
  [[nodiscard]] answer register_ecus(const request& asked, const peer& from);
  [[nodiscard]] answer take_manifest(const request& asked, const peer& from);
  [[nodiscard]] answer take_report(const request& asked, const peer& from);
  [[nodiscard]] answer root(const request& asked, const peer& from);
  [[nodiscard]] answer metadata(const request& asked, const peer& from);
  [[nodiscard]] answer download(const request& asked, const peer& from);
  /// To an image that is kept elsewhere.
  [[nodiscard]] answer moved(const std::string& uri) const;

  const device_trust& trust_;
  issue_line& line_;
  statistics& counts_;
  audit_log& audit_;
  const peculiarities& like_;
};

} // namespace otafleet::stub
