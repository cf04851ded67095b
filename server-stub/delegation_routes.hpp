// What operators and delegates send below /user_repo beside images: whom the repository trusts, what delegates have
// signed, and files that others list (protocol.md section 10.2).
#pragma once

#include <string_view>

#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/message.hpp"

namespace otafleet::stub {

/// `path` is what follows `/user_repo/`:
/// - `trusted-delegations` and `trusted-delegations/keys`: PUT replaces the list (204), GET shows it;
/// - `delegations/<name>.json`: PUT takes what the delegate has signed (204), GET shows it;
/// - `uploads/<file>`: PUT keeps a file without listing it (204).
[[nodiscard]] answer delegation_request(request& complete, account& owner, std::string_view path, audit_log& audit);

} // namespace otafleet::stub
