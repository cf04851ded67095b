#include "cli/private_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace otafleet::cli {

bool write_private_file(const std::filesystem::path& file, std::string_view content) {
  std::error_code failed;
  if (const auto directory = file.parent_path(); !directory.empty() && !std::filesystem::exists(directory, failed)) {
    std::filesystem::create_directories(directory, failed);
    if (failed || ::chmod(directory.c_str(), S_IRWXU) != 0)
      return false;
  }
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return false;
  // An older file keeps its mode when it is opened.
  bool ok = ::fchmod(fd, S_IRUSR | S_IWUSR) == 0;
  while (ok && !content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR)
      continue;
    ok = written > 0;
    if (ok)
      content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::close(fd) == 0 && ok;
}

} // namespace otafleet::cli
