// One trust store for all devices that trust the same authorities.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "net/identity.hpp"
#include "pki/certificate.hpp"

namespace otafleet::actors {

/// Thread safe. Holds what it has made until it is destroyed: an account has one or two sets of authorities.
class trust_cache {
public:
  [[nodiscard]] tl::expected<std::shared_ptr<const net::trust_store>, std::string>
  store_for(const std::vector<pki::certificate>& authorities);

private:
  std::mutex mutex_;
  /// By the authorities' fingerprints.
  std::map<std::string, std::shared_ptr<const net::trust_store>> stores_;
};

} // namespace otafleet::actors
