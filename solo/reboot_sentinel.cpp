#include "solo/reboot_sentinel.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "solo/descriptor.hpp"

namespace otafleet::solo {

namespace {

[[nodiscard]] tl::unexpected<std::string> cannot(const char* deed, const std::filesystem::path& file) {
  return tl::unexpected("cannot " + std::string{deed} + " " + file.string() + ": " +
                        std::generic_category().message(errno) + "; make the state directory writable for this user");
}

} // namespace

bool reboot_sentinel::is_there() const {
  return ::access(file_.c_str(), F_OK) == 0;
}

tl::expected<void, std::string> reboot_sentinel::make() const {
  const descriptor made{::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
  const descriptor directory{::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!made || !directory || ::fsync(directory.get()) != 0)
    return cannot("make", file_);
  return {};
}

tl::expected<void, std::string> reboot_sentinel::remove() const {
  if (::unlink(file_.c_str()) != 0 && errno != ENOENT)
    return cannot("remove", file_);
  return {};
}

} // namespace otafleet::solo
