// An account's credentials.zip: what any client and any publishing tool needs to join (protocol.md section 1.1).
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"
#include "server-stub/account.hpp"

namespace otafleet::stub {

/// A secret as a whole: it holds the provisioning credential, the Image repository's targets key and, in its URLs for
/// tools, the account's publishing secret. There is no provisioning credential in it where the backend has no POST
/// /devices. `gateway_url` is what devices put before their paths.
[[nodiscard]] tl::expected<bytes, std::string> credentials_archive(account& owner, const std::string& gateway_url,
                                                                   const std::string& operator_url,
                                                                   const peculiarities& like);

} // namespace otafleet::stub
