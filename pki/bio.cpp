#include "pki/bio.hpp"

#include <new>

#include <openssl/bio.h>

namespace otafleet::pki {

bio_handle reader_of(byte_view data) {
  // OpenSSL refuses a null buffer, which an empty span may be.
  static constexpr char nothing = 0;
  const void* start = data.empty() ? static_cast<const void*>(&nothing) : data.data();
  bio_handle result{BIO_new_mem_buf(start, static_cast<int>(data.size()))};
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

bio_handle make_writer() {
  bio_handle result{BIO_new(BIO_s_mem())};
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

byte_view written(BIO* writer) noexcept {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(writer, &data);
  return size > 0 ? as_bytes({data, static_cast<std::size_t>(size)}) : byte_view{};
}

int refuse_password(char*, int, int, void*) noexcept {
  return -1;
}

std::string with_reason(std::string what) {
  const std::string reason = last_openssl_error();
  return reason.empty() ? what : what + ": " + reason;
}

} // namespace otafleet::pki
