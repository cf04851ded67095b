#include "cli/device_targets.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace otafleet::cli {

std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (url.starts_with('['))
    url = url.substr(1, url.find(']') - 1);
  else
    url = url.substr(0, url.find(':'));
  std::string host{url};
  std::ranges::transform(host, host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return host;
}

bool is_loopback(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1)
    return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
  in6_addr six{};
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1)
    return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  return host == "localhost";
}

tl::expected<void, std::string> check_targets(const std::vector<std::string>& urls,
                                              const std::set<std::string>& allowed) {
  for (const auto& url : urls)
    if (const auto host = host_of(url); !is_loopback(host) && !allowed.contains(host))
      return tl::unexpected(host + " is neither this machine nor named by the credentials; add --allow-target " + host +
                            " if it is meant");
  return {};
}

} // namespace otafleet::cli
