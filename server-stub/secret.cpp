#include "server-stub/secret.hpp"

#include <array>
#include <cstddef>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "pki/encoding.hpp"

namespace otafleet::stub {

std::string new_secret() {
  std::array<std::byte, 32> raw{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(raw.size())) != 1)
    return {};
  return pki::to_hex(raw);
}

bool is_secret(std::string_view offered, std::string_view secret) noexcept {
  return !secret.empty() && offered.size() == secret.size() &&
         CRYPTO_memcmp(offered.data(), secret.data(), secret.size()) == 0;
}

} // namespace otafleet::stub
