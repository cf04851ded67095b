// URLs from files that people copy around: autoprov.url, gateway.url and their like.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace otafleet::pki {

/// The URL in `content` without the white space around it.
///
/// It must be `http` or `https` with a host (name, IPv4 or bracketed IPv6), at most 2048 characters of printable ASCII,
/// an optional port from 1 to 65535, and neither user, query nor fragment: paths are appended to it as text
/// (protocol.md section 0.2). A trailing slash stays. The error is the end of a sentence that begins with the file's
/// name: "is empty; it must hold one URL ...". The content of a wrong one is not repeated: it may hold a password.
[[nodiscard]] tl::expected<std::string, std::string> checked_url(std::string_view content);

} // namespace otafleet::pki
