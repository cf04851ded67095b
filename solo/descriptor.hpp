// An open file that closes itself.
#pragma once

#include <utility>

#include "pki/bytes.hpp"

namespace otafleet::solo {

/// Owns a file descriptor; -1 is none. Movable; not thread safe.
class descriptor {
public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

/// Writes everything, however often it takes; false with errno when it could not.
[[nodiscard]] bool write_all(int fd, byte_view content) noexcept;

} // namespace otafleet::solo
