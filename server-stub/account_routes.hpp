// What operators do with one account beside images and updates: its device CAs, its campaigns, its registry.
#pragma once

#include <string_view>

#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/device_trust.hpp"
#include "server-stub/message.hpp"

namespace otafleet::stub {

/// GET: `{"values":[{"fingerprint","common_name","not_after"}]}`. POST takes one certificate in PEM (`read_device_ca`)
/// and answers 201 with its entry, 200 when it is there already; from the next handshake on its devices belong to the
/// account.
[[nodiscard]] answer device_cas(const request& complete, account& owner, device_trust& trust, audit_log& audit);

/// GET: `campaign_list::overview`. POST makes a campaign (`read_campaign`) and answers 201 with its id.
[[nodiscard]] answer campaigns(const request& complete, account& owner, audit_log& audit);

/// Enters a device as ota-lith's registry does (protocol.md section 2.3): PUT with `credentials` (200, also for one
/// that is there), POST without (201, or 409 `conflicting_device`). The answer is the device's id as a JSON string.
[[nodiscard]] answer register_device(const request& complete, account& owner, audit_log& audit);

} // namespace otafleet::stub
