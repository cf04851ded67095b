#include "net/leaf_cache.hpp"

#include <openssl/x509.h>

namespace otafleet::net {

X509* leaf_cache::find(const identity& who) {
  if (const auto known = by_serial_.find(who.serial()); known != by_serial_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
    return known->second->leaf.get();
  }
  const auto der = who.leaf_der();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  pki::certificate_handle leaf{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  if (leaf == nullptr)
    return nullptr;
  if (by_serial_.size() >= limit_) {
    by_serial_.erase(recent_.back().serial);
    recent_.pop_back();
  }
  recent_.push_front({who.serial(), std::move(leaf)});
  by_serial_.emplace(who.serial(), recent_.begin());
  return recent_.front().leaf.get();
}

} // namespace otafleet::net
