// The publishing door: how tools that log in with nothing (garage-push, garage-sign with `no_auth`) reach one account.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server-stub/account.hpp"

namespace otafleet::stub {

struct publishing_door {
  account* owner = nullptr;
  /// What was asked for behind the door: path and query.
  std::string_view target;
};

/// `/publish/<the account's secret>` before a path of its image repository or treehub stands for that path with the
/// operators' token and the account's name. Nothing for any other target, and for a wrong secret.
[[nodiscard]] std::optional<publishing_door> publishing_door_of(const account_table& accounts, std::string_view target);

/// `target` for a log: without what may be a secret.
[[nodiscard]] std::string_view without_secret(std::string_view target) noexcept;

/// The base URL of the account's door: a secret.
[[nodiscard]] std::string publishing_url(const std::string& operator_url, const account& owner);

} // namespace otafleet::stub
