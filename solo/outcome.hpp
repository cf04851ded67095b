// What a session came to, read off what the machine told on the way.
#pragma once

#include "device/events.hpp"
#include "solo/session.hpp"

namespace otafleet::solo {

/// Not thread safe.
class outcome {
public:
  void hear(const device::note& what);

  /// `ok` is the machine's own verdict. The reason of a bad one is the last failure that it told; a refused manifest
  /// counts only where nothing else failed, for it follows most failures.
  [[nodiscard]] session_end end(bool ok) const;

private:
  device::note failure_;
  device::note refusal_;
  bool has_failed_ = false;
};

} // namespace otafleet::solo
