#include "pki/digest.hpp"

#include <new>

#include <openssl/evp.h>

#include "pki/algorithms.hpp"
#include "pki/encoding.hpp"

namespace otafleet::pki {
namespace {

const EVP_MD* method_of(hash_algorithm algorithm) {
  return algorithm == hash_algorithm::sha256 ? sha256_method() : sha512_method();
}

std::string hex_digest(hash_algorithm algorithm, byte_view data) {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, method_of(algorithm),
                 nullptr) != 1)
    throw std::bad_alloc{};
  return to_hex(byte_view{digest}.first(size));
}

} // namespace

const EVP_MD* sha256_method() {
  // Fetched once and kept for good: EVP_sha256() looks the algorithm up anew, under a lock, on every use (OpenSSL 3.0).
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

const EVP_MD* sha512_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  return method;
}

sha256_digest sha256(byte_view data) {
  sha256_digest digest{};
  unsigned size = 0;
  // A hash of memory cannot fail but for want of memory.
  if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, sha256_method(),
                 nullptr) != 1)
    throw std::bad_alloc{};
  return digest;
}

std::string sha256_hex(byte_view data) {
  return to_hex(sha256(data));
}

std::string sha512_hex(byte_view data) {
  return hex_digest(hash_algorithm::sha512, data);
}

hasher::hasher(hash_algorithm algorithm) : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex2(context_.get(), method_of(algorithm), nullptr) != 1)
    throw std::bad_alloc{};
}

void hasher::update(byte_view piece) {
  if (EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) != 1)
    throw std::bad_alloc{};
}

std::string hasher::finish_hex() {
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) != 1)
    throw std::bad_alloc{};
  return to_hex(byte_view{digest}.first(size));
}

} // namespace otafleet::pki
