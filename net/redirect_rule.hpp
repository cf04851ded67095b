// Where a redirect may lead.
#pragma once

#include <string_view>

namespace otafleet::net {

/// Asked on an I/O thread, by many requests at once, before libcurl connects to where an answer sends it.
class redirect_rule {
public:
  virtual ~redirect_rule() = default;

  /// `url` is absolute. False ends the transfer with `failure::forbidden`.
  [[nodiscard]] virtual bool may_follow(std::string_view url) const = 0;
};

} // namespace otafleet::net
