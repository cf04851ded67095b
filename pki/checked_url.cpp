#include "pki/checked_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace otafleet::pki {
namespace {

constexpr std::size_t max_url_length = 2048;

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

/// The length of the scheme with its `://`; 0 for one that is not ours.
std::size_t scheme_length(std::string_view url) noexcept {
  for (const std::string_view scheme : {"https://", "http://"})
    if (std::ranges::equal(url.substr(0, scheme.size()), scheme,
                           [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; }))
      return scheme.size();
  return 0;
}

bool is_host(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    constexpr std::string_view literal = "0123456789abcdefABCDEF:.";
    return host.size() > 4 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of(literal) == std::string_view::npos;
  }
  return !host.empty() && is_alphanumeric(host.front()) &&
         std::ranges::all_of(host, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_port(std::string_view text) noexcept {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

/// What is wrong with `authority` (host and port), if anything is.
std::optional<std::string> wrong_authority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    return "must not hold a user or password before the host";
  auto host = authority;
  const auto colon =
      authority.find(':', authority.starts_with('[') ? std::min(authority.find(']'), authority.size()) : 0);
  if (colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    if (!is_port(authority.substr(colon + 1)))
      return "must have a port from 1 to 65535 after the host's colon";
  }
  if (!is_host(host))
    return "must name a host, as in https://gateway.example";
  return std::nullopt;
}

} // namespace

tl::expected<std::string, std::string> checked_url(std::string_view content) {
  const auto fail = [](std::string what) { return tl::unexpected(std::move(what)); };
  const auto url = trimmed(content);
  if (url.empty())
    return fail("is empty; it must hold one URL, as in https://gateway.example");
  if (url.size() > max_url_length)
    return fail("is longer than " + std::to_string(max_url_length) + " characters; it must hold one URL");
  if (url.starts_with("\xef\xbb\xbf"))
    return fail("begins with a byte order mark; save it as plain text");
  if (std::ranges::any_of(url, [](char c) { return c <= 0x20 || c > 0x7e; }))
    return fail("must hold one URL of printable ASCII on one line");
  const auto scheme = scheme_length(url);
  if (scheme == 0)
    return fail("must begin with https:// or http://");
  const auto rest = url.substr(scheme);
  if (rest.find_first_of("?#") != std::string_view::npos)
    return fail("must not have a query or a fragment: paths are appended to it");
  if (auto wrong = wrong_authority(rest.substr(0, rest.find('/'))))
    return fail(std::move(*wrong));
  return std::string{url};
}

} // namespace otafleet::pki
