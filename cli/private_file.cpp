#include "cli/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

#include "cli/descriptor.hpp"

namespace otafleet::cli {

bool write_private_file(const std::filesystem::path& file, std::string_view content) {
  std::error_code failed;
  if (const auto directory = file.parent_path(); !directory.empty() && !std::filesystem::exists(directory, failed)) {
    std::filesystem::create_directories(directory, failed);
    if (failed || ::chmod(directory.c_str(), S_IRWXU) != 0)
      return false;
  }
  descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
  if (out.get() < 0)
    return false;
  // An older file keeps its mode when it is opened.
  const bool written = ::fchmod(out.get(), S_IRUSR | S_IWUSR) == 0 && write_all(out.get(), content);
  return out.close() && written;
}

} // namespace otafleet::cli
