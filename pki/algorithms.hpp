// Digest algorithms, looked up once. Not for other rooms.
#pragma once

#include <openssl/types.h>

namespace otafleet::pki {

[[nodiscard]] const EVP_MD* sha256_method();
[[nodiscard]] const EVP_MD* sha512_method();

} // namespace otafleet::pki
