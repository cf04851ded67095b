#include "server-stub/refusal.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <openssl/rand.h>

#include "pki/encoding.hpp"

namespace otafleet::stub {

answer to_answer(const refusal& why) {
  const nlohmann::json body{
      {"code", why.code}, {"description", why.description}, {"cause", nullptr}, {"errorId", random_uuid()}};
  // Descriptions may quote what a client sent, in whatever encoding.
  return answer::json(why.status, body.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

refusal connection_refusal(unsigned status) {
  switch (status) {
  case 408:
    return {408, "request_timeout", "the body came too slowly"};
  case 413:
    return {413, "payload_too_large", "the body is longer than this path takes"};
  case 431:
    return {431, "headers_too_large", "the request's head is longer than 16 KiB"};
  case 500:
    return {500, "internal_server_error", "the backend is out of memory"};
  default:
    return {400, "invalid_request", "this is not an HTTP/1.1 request"};
  }
}

std::string random_uuid() {
  std::array<std::byte, 16> raw{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(raw.size())) != 1)
    std::abort(); // without randomness there is no TLS either
  raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x40};
  raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};
  auto text = pki::to_hex(raw);
  for (const std::size_t at : {8u, 13u, 18u, 23u})
    text.insert(at, 1, '-');
  return text;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36)
    return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    const char c = text[at];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex)
      return false;
  }
  return true;
}

} // namespace otafleet::stub
