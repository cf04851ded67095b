// URLs and the hosts in them, read more strictly than any library does: whoever decides by a host where requests may go
// must not take another host out of a URL than the one that is then called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace otafleet::scenarios {

/// Reads `https://host[:port][/path]` without user, query or fragment; returns it without trailing slashes.
[[nodiscard]] tl::expected<std::string, std::string> read_url(std::string_view text);

/// The host of an http or https URL, which may have a query: a name in lower case, an IPv4 address, or an IPv6 address
/// without its brackets. None when the URL is not of the plainest form: a user, an escape or a space in the authority,
/// a port that is no number.
[[nodiscard]] std::optional<std::string> host_of(std::string_view url);

/// True for `localhost`, 127.0.0.0/8 in four plain decimal numbers, and `::1`. Other names of this machine are not
/// recognised: a name may mean another machine tomorrow.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

} // namespace otafleet::scenarios
