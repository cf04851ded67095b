// Where the body of a reply goes when it must not stand in memory.
#pragma once

#include "pki/bytes.hpp"

namespace otafleet::net {

/// One transfer at a time uses it, on one of the transport's threads. When the reply's handler is called the transport
/// has let go of it: from then on it is the caller's again, on whatever thread.
class body_sink {
public:
  virtual ~body_sink() = default;

  /// Takes the next bytes. False stops the transfer with `failure::sink` (the disk is full, say). Must not throw.
  [[nodiscard]] virtual bool write(byte_view piece) = 0;
};

} // namespace otafleet::net
