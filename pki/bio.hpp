// OpenSSL's memory streams, as this room's readers and writers use them. Not for other rooms.
#pragma once

#include <string>

#include <openssl/types.h>

#include "pki/bytes.hpp"
#include "pki/handles.hpp"

namespace otafleet::pki {

/// A key or certificate is a few KiB; anything near this is not one.
inline constexpr std::size_t max_object_bytes = 64 * 1024;

/// A PEM bundle: the system's own is 220 KiB.
inline constexpr std::size_t max_bundle_bytes = 1024 * 1024;

/// Reads from `data`, which must outlive it; `data` must be shorter than 2 GiB.
[[nodiscard]] bio_handle reader_of(byte_view data);

/// Collects what is written; OpenSSL wipes its memory when it goes.
[[nodiscard]] bio_handle make_writer();

/// What was written to `writer`; valid as long as it is.
[[nodiscard]] byte_view written(BIO* writer) noexcept;

/// For every PEM reader: without it OpenSSL asks the terminal for the password of an encrypted object.
int refuse_password(char* buffer, int size, int writing, void* user) noexcept;

/// "what: OpenSSL's reason", or "what" alone; clears the thread's errors.
[[nodiscard]] std::string with_reason(std::string what);

} // namespace otafleet::pki
