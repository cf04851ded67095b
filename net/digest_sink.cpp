#include "net/digest_sink.hpp"

#include <array>
#include <new>

#include <openssl/evp.h>

#include "pki/algorithms.hpp"
#include "pki/encoding.hpp"

namespace otafleet::net {
namespace {

// A hash of memory cannot fail but for want of memory.
void must(bool done) {
  if (!done)
    throw std::bad_alloc{};
}

pki::md_context_handle begin(const EVP_MD* method) {
  pki::md_context_handle made{EVP_MD_CTX_new()};
  must(made != nullptr && EVP_DigestInit_ex2(made.get(), method, nullptr) == 1);
  return made;
}

/// Ends a copy: an EVP_MD_CTX takes nothing more once it has told its digest.
std::string digest_of(const EVP_MD_CTX* running) {
  const pki::md_context_handle copy{EVP_MD_CTX_new()};
  std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  must(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), running) == 1 &&
       EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
  return pki::to_hex(byte_view{digest}.first(size));
}

} // namespace

digest_sink::digest_sink() {
  restart();
}

bool digest_sink::write(byte_view piece) {
  bytes_ += piece.size();
  return EVP_DigestUpdate(sha256_.get(), piece.data(), piece.size()) == 1 &&
         EVP_DigestUpdate(sha512_.get(), piece.data(), piece.size()) == 1;
}

std::string digest_sink::sha256() const {
  return digest_of(sha256_.get());
}

std::string digest_sink::sha512() const {
  return digest_of(sha512_.get());
}

void digest_sink::restart() {
  sha256_ = begin(pki::sha256_method());
  sha512_ = begin(pki::sha512_method());
  bytes_ = 0;
}

} // namespace otafleet::net
