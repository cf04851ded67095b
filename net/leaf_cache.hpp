// The parsed certificates of the identities that speak just now. Not for other rooms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "net/identity.hpp"
#include "pki/handles.hpp"

namespace otafleet::net {

/// Parsing costs 85 us and a parsed certificate 4.8 KiB: a device sends several requests in a row and is then silent,
/// so a bounded number of the last used ones serves both. Not thread safe: one per I/O thread.
class leaf_cache {
public:
  explicit leaf_cache(std::size_t limit) : limit_(limit) {}

  /// The parsed certificate of `who`, valid until the next call; null when its DER is not one.
  [[nodiscard]] X509* find(const identity& who);

  [[nodiscard]] std::size_t size() const noexcept { return by_serial_.size(); }

private:
  struct entry {
    std::uint32_t serial;
    pki::certificate_handle leaf;
  };

  std::size_t limit_;
  std::list<entry> recent_; // last used first
  std::unordered_map<std::uint32_t, std::list<entry>::iterator> by_serial_;
};

} // namespace otafleet::net
