// An open file, pipe or socket that closes itself.
#pragma once

#include <string_view>
#include <utility>

namespace otafleet::cli {

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
  ~descriptor() { close(); }

  /// True when there was nothing to close or it closed without an error; errno says why otherwise.
  bool close() noexcept;
  [[nodiscard]] int get() const noexcept { return fd_; }

private:
  int fd_;
};

/// Writes everything, however often it takes; false with errno when it could not.
[[nodiscard]] bool write_all(int fd, std::string_view text);

} // namespace otafleet::cli
