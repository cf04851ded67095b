#include "net/outcome.hpp"

#include <algorithm>
#include <array>

#include <curl/curl.h>

namespace otafleet::net {
namespace {

bool tells_of_our_certificate(std::string_view words) noexcept {
  // OpenSSL's names for the alerts of RFC 8446 section 6.2 that are about a certificate.
  constexpr std::array<std::string_view, 9> alerts{
      "alert bad certificate",     "alert unsupported certificate", "alert certificate revoked",
      "alert certificate expired", "alert certificate unknown",     "alert unknown ca",
      "alert access denied",       "alert certificate required",    "alert decrypt error"};
  return std::ranges::any_of(alerts, [&](auto alert) { return words.find(alert) != std::string_view::npos; });
}

} // namespace

const char* to_string(failure what) noexcept {
  switch (what) {
  case failure::none:
    return "none";
  case failure::resolve:
    return "resolve";
  case failure::connect:
    return "connect";
  case failure::tls_handshake:
    return "tls-handshake";
  case failure::certificate_rejected:
    return "certificate-rejected";
  case failure::timeout:
    return "timeout";
  case failure::too_large:
    return "too-large";
  case failure::connection_lost:
    return "connection-lost";
  case failure::malformed_reply:
    return "malformed-reply";
  case failure::range:
    return "range";
  case failure::sink:
    return "sink";
  case failure::forbidden:
    return "forbidden";
  case failure::cancelled:
    return "cancelled";
  case failure::shed:
    return "shed";
  case failure::other:
    return "other";
  }
  return "other";
}

failure failure_of(int curl_code, std::string_view words) noexcept {
  switch (static_cast<CURLcode>(curl_code)) {
  case CURLE_OK:
    return failure::none;
  case CURLE_COULDNT_RESOLVE_HOST:
    return failure::resolve;
  case CURLE_COULDNT_CONNECT:
    return failure::connect;
  case CURLE_SSL_CONNECT_ERROR:
    return tells_of_our_certificate(words) ? failure::certificate_rejected : failure::tls_handshake;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    return failure::tls_handshake;
  case CURLE_OPERATION_TIMEDOUT:
    return failure::timeout;
  case CURLE_FILESIZE_EXCEEDED:
    return failure::too_large;
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
    return tells_of_our_certificate(words) ? failure::certificate_rejected : failure::connection_lost;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL: // what libcurl calls a reply that does not begin as HTTP does
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
  case CURLE_TOO_MANY_REDIRECTS:
    return failure::malformed_reply;
  case CURLE_RANGE_ERROR:
    return failure::range;
  default:
    return failure::other;
  }
}

phase_timings phases_of(const curl_clocks& clocks, bool with_tls, bool opened_connection,
                        std::chrono::microseconds queued) noexcept {
  using std::chrono::microseconds;
  struct part {
    microseconds reached;
    microseconds phase_timings::*length;
    bool happens;
  };
  // In their order; a part that does not happen gets nothing of the rest.
  const std::array parts{part{clocks.name_lookup, &phase_timings::resolve, opened_connection},
                         part{clocks.connected, &phase_timings::connect, opened_connection},
                         part{clocks.tls_done, &phase_timings::tls, opened_connection && with_tls},
                         part{clocks.first_byte, &phase_timings::first_byte, true},
                         part{clocks.total, &phase_timings::body, true}};
  phase_timings result;
  result.queued = std::max(queued, microseconds{0});
  microseconds done{0};
  const auto end = std::max(clocks.total, microseconds{0});
  for (const auto& [reached, length, happens] : parts) {
    if (!happens)
      continue;
    if (reached <= microseconds{0}) {
      result.*length = end - done;
      done = end;
      break;
    }
    const auto point = std::clamp(reached, done, end);
    result.*length = point - done;
    done = point;
  }
  result.total = result.queued + done;
  return result;
}

} // namespace otafleet::net
