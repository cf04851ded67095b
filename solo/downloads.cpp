#include "solo/downloads.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace otafleet::solo {

namespace {

constexpr std::uint64_t spare_bytes = 1024 * 1024;

/// Names come from metadata. Anything else than a hash would be a path.
[[nodiscard]] bool is_name(std::string_view name) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return (name.size() == 64 || name.size() == 128) && std::ranges::all_of(name, is_hex);
}

[[nodiscard]] bool is_upper_case_of(std::string_view name, std::string_view hex) {
  return std::ranges::equal(name, hex,
                            [](char upper, char c) { return upper == (c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c); });
}

[[nodiscard]] std::string cannot(std::string_view deed, const std::filesystem::path& path) {
  return "cannot " + std::string{deed} + " " + path.string() + ": " + std::generic_category().message(errno);
}

[[nodiscard]] bool sync(const std::filesystem::path& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return file && ::fsync(file.get()) == 0;
}

} // namespace

tl::expected<downloads, std::string> downloads::open(std::filesystem::path directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (!std::filesystem::is_directory(directory, failed) || ::access(directory.c_str(), W_OK | X_OK) != 0)
    return tl::unexpected("cannot write to the download directory " + directory.string() + ": " +
                          (failed ? failed.message() : std::generic_category().message(errno)) +
                          "; choose another one");
  return downloads{std::move(directory)};
}

download_state downloads::inspect(const std::string& name) {
  if (!is_name(name))
    return {};
  auto& known = entries_[name];
  if (!std::exchange(known.is_news, false)) {
    known = {};
    auto path = final_path(name);
    auto digest = digest_of_file(path);
    if (digest && *digest == nullptr) {
      path = part_path(name);
      digest = digest_of_file(path);
    }
    if (!digest) {
      known.complaint = std::move(digest.error());
      return {};
    }
    if (*digest == nullptr) {
      entries_.erase(name);
      return {};
    }
    known.file = std::make_shared<download_file>(std::move(path), descriptor{}, std::move(*digest));
  }
  const auto& digest = known.file->digest();
  download_state found{digest.bytes(), digest.sha256(), digest.sha512()};
  if (is_upper_case_of(name, name.size() == 64 ? found.sha256 : found.sha512) && !finish(name)) {
    known.complaint = cannot("finish", part_path(name));
    return {};
  }
  return found;
}

/// Gives a good download its name, once it is on the disk; true when it has it.
bool downloads::finish(const std::string& name) {
  const auto part = part_path(name);
  if (::access(part.c_str(), F_OK) != 0)
    return true;
  return sync(part) && std::rename(part.c_str(), final_path(name).c_str()) == 0 && sync(directory_);
}

tl::expected<std::shared_ptr<net::body_sink>, std::string>
downloads::writer(const std::string& name, std::uint64_t resume_from, std::uint64_t expected) {
  if (!is_name(name))
    return tl::unexpected("a download cannot be called '" + name.substr(0, 16) + "...': that is not a hash");
  auto& known = entries_[name];
  known.is_news = false;
  const auto fail = [&](std::string why) {
    known.complaint = why;
    return tl::unexpected(std::move(why));
  };
  const auto part = part_path(name);
  const auto complete = final_path(name);
  // What goes on is not complete; what begins anew is gone.
  if (resume_from != 0 && ::access(part.c_str(), F_OK) != 0)
    std::rename(complete.c_str(), part.c_str());
  else
    ::unlink(complete.c_str());

  struct statvfs disk {};
  if (::statvfs(directory_.c_str(), &disk) == 0) {
    const auto room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (room < spare_bytes || room - spare_bytes < expected)
      return fail("no room for a download of " + std::to_string(expected) + " bytes in " + directory_.string() + ", " +
                  std::to_string(room) + " are free; free some space or choose another download directory");
  }
  auto digest = take_digest(name, resume_from);
  const auto start = digest->bytes();
  descriptor file{::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(start)) != 0 ||
      ::lseek(file.get(), static_cast<off_t>(start), SEEK_SET) < 0)
    return fail(cannot("write", part) + "; choose another download directory");
  known.file = std::make_shared<download_file>(part, std::move(file), std::move(digest));
  known.complaint.clear();
  known.is_news = true;
  return known.file;
}

/// The digest of the first `bytes` bytes of what is there; of nothing when there are fewer.
std::unique_ptr<net::digest_sink> downloads::take_digest(const std::string& name, std::uint64_t bytes) {
  auto nothing = std::make_unique<net::digest_sink>();
  if (bytes == 0)
    return nothing;
  auto& known = entries_[name];
  if (known.file != nullptr && known.file->digest().bytes() == bytes && known.file->error() == 0) {
    struct stat found {};
    if (::stat(part_path(name).c_str(), &found) == 0 && static_cast<std::uint64_t>(found.st_size) == bytes)
      return known.file->release_digest();
  }
  auto read = digest_of_file(part_path(name), bytes);
  if (!read || *read == nullptr || (*read)->bytes() != bytes)
    return nothing;
  return std::move(*read);
}

void downloads::forget(const std::string& name) {
  if (!is_name(name))
    return;
  entries_.erase(name);
  ::unlink(part_path(name).c_str());
  ::unlink(final_path(name).c_str());
}

std::string downloads::complaint(const std::string& name) const {
  const auto known = entries_.find(name);
  if (known == entries_.end())
    return {};
  if (known->second.complaint.empty() && known->second.file != nullptr)
    return known->second.file->complaint();
  return known->second.complaint;
}

} // namespace otafleet::solo
