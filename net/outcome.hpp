// What became of a transfer, in our words: libcurl's results and clocks translated. Not for other rooms.
#pragma once

#include <string_view>

#include "net/transport.hpp"

namespace otafleet::net {

/// Translates a CURLcode. `words` is libcurl's error buffer: an alert about our certificate is told apart by its text,
/// because TLS 1.3 brings it after the handshake, as a plain read error.
[[nodiscard]] failure failure_of(int curl_code, std::string_view words) noexcept;

/// libcurl's clocks, each from the start of the transfer; zero for a point that was not reached.
struct curl_clocks {
  std::chrono::microseconds name_lookup{};
  std::chrono::microseconds connected{};
  std::chrono::microseconds tls_done{};
  std::chrono::microseconds first_byte{};
  std::chrono::microseconds total{};
};

/// Turns points in time into parts that add up. What a failed transfer spent after the last point that it reached
/// counts for the part that it was in.
[[nodiscard]] phase_timings phases_of(const curl_clocks& clocks, bool with_tls, bool opened_connection,
                                      std::chrono::microseconds queued) noexcept;

} // namespace otafleet::net
