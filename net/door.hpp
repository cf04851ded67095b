// One identity, one door: gives a TLS connection its client certificate, and tells later whose it is. Not for other
// rooms.
//
// libcurl does not know that two requests differ when their certificates come through a callback: it once sent 147 of
// 150 requests out on another device's connection (docs/performance.md). So every connection carries its owner inside
// OpenSSL's own object, and each request compares before its first byte leaves.
#pragma once

#include <cstdint>

#include <openssl/types.h>

#include "net/handles.hpp"
#include "net/transport.hpp"

namespace otafleet::net {

/// A device speaking with one of its certificates: a device that provisions itself has two in its life.
struct speaker {
  device_index device{};
  /// identity::serial; 0 for nobody (plain http).
  std::uint32_t identity = 0;

  friend bool operator==(speaker, speaker) = default;
};

/// Makes connections from `context` speak as `who`, trust what it trusts, and neither offer nor keep TLS sessions;
/// labels them with `label`. `leaf` is `who`'s certificate, null when it has none. False when OpenSSL refuses.
[[nodiscard]] bool install(SSL_CTX* context, const identity& who, X509* leaf, speaker label);

/// The label of the connection that `easy` is about to use. A connection without label, or one whose TLS session was
/// resumed from another, belongs to a speaker that equals no other.
[[nodiscard]] speaker owner_of(CURL* easy);

} // namespace otafleet::net
