// Guard rail: which hosts one device may be pointed at (design section 3, rule 9).
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace otafleet::cli {

/// The host of a URL that `pki::checked_url` took: lower case, an IPv6 address without its brackets.
[[nodiscard]] std::string host_of(std::string_view url);

/// `localhost`, 127.0.0.0/8 and ::1; no name is looked up.
[[nodiscard]] bool is_loopback(const std::string& host);

/// Every URL must lead to the loopback or to a host in `allowed`, else a sentence says which option is missing.
[[nodiscard]] tl::expected<void, std::string> check_targets(const std::vector<std::string>& urls,
                                                            const std::set<std::string>& allowed);

} // namespace otafleet::cli
