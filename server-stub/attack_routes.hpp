// What operators do to the security of one account: play an attack, rotate keys. Below /otafleet/v1/accounts/<name>/.
#pragma once

#include "server-stub/account.hpp"
#include "server-stub/audit_log.hpp"
#include "server-stub/message.hpp"

namespace otafleet::stub {

/// PUT `attack` with `{"kind":"freeze"}`, or null for none: 204. Fails with 400 `invalid_entity` for a kind that there
/// is not.
[[nodiscard]] answer put_attack(const request& complete, account& owner, audit_log& audit);

/// POST `rotations` with `{"repository":"director"|"image","keys":["root",...]}`: 201 with
/// `{"repository":...,"root_version":N}`. Fails with 400 `invalid_entity`.
[[nodiscard]] answer post_rotation(const request& complete, account& owner, audit_log& audit);

} // namespace otafleet::stub
