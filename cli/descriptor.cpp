#include "cli/descriptor.hpp"

#include <cerrno>

#include <unistd.h>

namespace otafleet::cli {

bool descriptor::close() noexcept {
  return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

} // namespace otafleet::cli
