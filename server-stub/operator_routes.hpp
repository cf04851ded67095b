// What people and pipelines ask of the operator port: ota-lith's own API and, below /otafleet/v1, ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/device_trust.hpp"
#include "server-stub/http_handler.hpp"
#include "server-stub/operator_views.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

/// Thread safe; everything it refers to must outlive it. Every request needs the bearer token; the account is named by
/// `x-ats-namespace` (`default` without one), or both by the account's publishing door (`publishing.hpp`). Nothing can
/// be deleted: devices and images stay for auditability.
class operator_routes final : public http_handler {
public:
  operator_routes(account_table& accounts, device_trust& trust, std::string token, statistics& counts, audit_log& audit)
      : accounts_(accounts), trust_(trust), token_(std::move(token)), counts_(counts), audit_(audit) {}

  [[nodiscard]] std::optional<peer> identify(X509* leaf) override;
  [[nodiscard]] admission admit(request& head, const peer& from) override;
  [[nodiscard]] answer handle(request& complete, const peer& from) override;
  [[nodiscard]] answer refuse(unsigned status, std::uint8_t route) override;
  void handshake_ended(bool ok) override;

private:
  [[nodiscard]] bool is_authorized(std::string_view authorization) const noexcept;
  [[nodiscard]] answer route(request& complete);
  /// Of one account; `path` follows `/api/v1`.
  [[nodiscard]] answer route_account(request& complete, account& owner, std::string_view path);
  [[nodiscard]] answer image(request& complete, account& owner, std::string_view encoded_name);
  [[nodiscard]] answer metadata(account& owner, std::string_view name);
  [[nodiscard]] answer create_update(const request& complete, account& owner);
  [[nodiscard]] answer assign(const request& complete, account& owner);
  [[nodiscard]] answer treehub(request& complete, account& owner);
  [[nodiscard]] answer registry(const request& complete, account& owner);
  [[nodiscard]] answer own(const request& complete, std::string_view path);
  [[nodiscard]] attacks_by_account attacks() const;
  /// Below /otafleet/v1/accounts/.
  [[nodiscard]] answer of_account(const request& complete, std::string_view path);

  account_table& accounts_;
  device_trust& trust_;
  const std::string token_;
  statistics& counts_;
  audit_log& audit_;
};

} // namespace otafleet::stub
