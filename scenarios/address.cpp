#include "scenarios/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace otafleet::scenarios {

namespace {

constexpr std::size_t longest_url = 2'048;

[[nodiscard]] bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

[[nodiscard]] char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] bool is_name_character(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' || c == '_';
}

[[nodiscard]] bool is_address_character(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
}

[[nodiscard]] bool is_port(std::string_view text) noexcept {
  std::uint32_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && stop == text.data() + text.size() && port > 0 && port <= 65'535;
}

/// What stands behind the scheme of an http or https URL.
[[nodiscard]] std::optional<std::string_view> behind_scheme(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.size() > scheme.size() && std::equal(scheme.begin(), scheme.end(), url.begin(),
                                                 [](char wanted, char given) { return wanted == lower(given); }))
      return url.substr(scheme.size());
  }
  return std::nullopt;
}

} // namespace

std::optional<std::string> host_of(std::string_view url) {
  const auto rest = behind_scheme(url);
  if (!rest || url.size() > longest_url)
    return std::nullopt;
  // libcurl takes a backslash for a slash in some versions; it is in neither alphabet below.
  auto authority = rest->substr(0, rest->find_first_of("/?#"));
  std::string_view host;
  std::string_view behind;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos)
      return std::nullopt;
    host = authority.substr(1, end - 1);
    behind = authority.substr(end + 1);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_address_character))
      return std::nullopt;
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    behind = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_name_character))
      return std::nullopt;
  }
  if (!behind.empty() && (behind.front() != ':' || !is_port(behind.substr(1))))
    return std::nullopt;
  std::string result{host};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

tl::expected<std::string, std::string> read_url(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#' && c != '\\'; };
  if (!host_of(text) || !std::all_of(text.begin(), text.end(), is_plain))
    return tl::unexpected(
        std::string{"must be a URL of the form https://host:port/path, without user, query or fragment"});
  while (text.ends_with('/'))
    text.remove_suffix(1);
  return std::string{text};
}

bool is_loopback(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1")
    return true;
  // Four plain numbers: `127.1` and `0177.0.0.1` are addresses to some and names to others.
  int parts = 0;
  for (auto rest = host; parts < 4; ++parts) {
    const auto point = rest.find('.');
    const auto part = rest.substr(0, point);
    std::uint32_t number = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc{} || stop != part.data() + part.size() || number > 255 ||
        (part.size() > 1 && part.front() == '0') || (parts == 0 && number != 127))
      return false;
    if (point == std::string_view::npos)
      return parts == 3;
    rest.remove_prefix(point + 1);
  }
  return false;
}

} // namespace otafleet::scenarios
