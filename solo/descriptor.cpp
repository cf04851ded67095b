#include "solo/descriptor.hpp"

#include <cerrno>

#include <unistd.h>

namespace otafleet::solo {

descriptor::~descriptor() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool write_all(int fd, byte_view content) noexcept {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

} // namespace otafleet::solo
