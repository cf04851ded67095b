#include "telemetry/run_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace otafleet::telemetry {

namespace fs = std::filesystem;

namespace {

constexpr const char* mark_of_a_run = "summary.json";

[[nodiscard]] fs::path default_path(std::string_view scenario_name) {
  std::string name{scenario_name};
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '\0'; }, '-');
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "-%Y%m%dT%H%M%SZ", &utc);
  return fs::path{"out"} / (name + stamp);
}

[[nodiscard]] std::string why(int error) {
  return std::generic_category().message(error);
}

[[nodiscard]] bool write_all(int fd, std::string_view text) {
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

} // namespace

tl::expected<run_directory, std::string> run_directory::create(const std::string& path,
                                                               std::string_view scenario_name) {
  auto wanted = path.empty() ? default_path(scenario_name) : fs::path{path};
  std::error_code failed;
  const bool is_new = fs::create_directories(wanted, failed);
  // Whatever the umask: results that anybody may change are worth nothing.
  if (is_new && !failed)
    fs::permissions(wanted, fs::perms::group_write | fs::perms::others_write, fs::perm_options::remove, failed);
  if (failed || !fs::is_directory(wanted, failed))
    return tl::unexpected("cannot make the directory " + wanted.string() + " for the results: " +
                          (failed ? failed.message() : std::string{"something else has that name"}) +
                          "; choose another one with --out");
  const bool is_empty = fs::is_empty(wanted, failed);
  if (failed)
    return tl::unexpected("cannot read the directory " + wanted.string() + ": " + failed.message() +
                          "; choose another one with --out");
  if (!is_empty && !fs::exists(wanted / mark_of_a_run, failed))
    return tl::unexpected("the directory " + wanted.string() +
                          " holds files that are not a run's; choose another one with --out");
  if (::access(wanted.c_str(), W_OK | X_OK) != 0)
    return tl::unexpected("cannot write into the directory " + wanted.string() + ": " + why(errno) +
                          "; choose another one with --out");
  // What an earlier run left must not be taken for this one's, should this one be killed.
  fs::remove(wanted / mark_of_a_run, failed);
  return run_directory{std::move(wanted)};
}

tl::expected<void, std::string> run_directory::write(const std::string& name, std::string_view content) const {
  const auto file = path_ / name;
  const auto draft = path_ / ("." + name + ".new");
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const auto refuse = [&](int error) {
    if (fd >= 0)
      ::unlink(draft.c_str());
    return tl::unexpected("cannot write " + file.string() + ": " + why(error));
  };
  if (fd < 0)
    return refuse(errno);
  if (!write_all(fd, content) || ::fsync(fd) != 0) {
    const int error = errno;
    ::close(fd);
    return refuse(error);
  }
  if (::close(fd) != 0 || ::rename(draft.c_str(), file.c_str()) != 0)
    return refuse(errno);
  return {};
}

} // namespace otafleet::telemetry
