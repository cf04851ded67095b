#include "solo/download_file.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace otafleet::solo {

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

[[nodiscard]] std::string sentence(std::string_view deed, const std::filesystem::path& path, int error) {
  return "cannot " + std::string{deed} + " " + path.string() + ": " + std::generic_category().message(error);
}

} // namespace

download_file::download_file(std::filesystem::path path, descriptor file, std::unique_ptr<net::digest_sink> digest)
    : path_(std::move(path)), file_(std::move(file)), digest_(std::move(digest)) {}

bool download_file::write(byte_view piece) {
  if (error_ != 0)
    return false;
  if (!write_all(file_.get(), piece)) {
    error_ = errno;
    return false;
  }
  return digest_->write(piece);
}

std::string download_file::complaint() const {
  if (error_ == 0)
    return {};
  const bool is_full = error_ == ENOSPC || error_ == EDQUOT || error_ == EFBIG;
  return sentence("write", path_, error_) +
         (is_full ? "; free some space or choose another download directory" : "; check the disk");
}

tl::expected<std::unique_ptr<net::digest_sink>, std::string> digest_of_file(const std::filesystem::path& path,
                                                                            std::uint64_t limit) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file) {
    if (errno == ENOENT)
      return nullptr;
    return tl::unexpected(sentence("read", path, errno));
  }
  auto digest = std::make_unique<net::digest_sink>();
  std::vector<std::byte> piece(piece_bytes);
  for (;;) {
    const auto wanted = std::min<std::uint64_t>(piece.size(), limit - digest->bytes());
    const auto got = wanted == 0 ? 0 : ::read(file.get(), piece.data(), static_cast<std::size_t>(wanted));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return tl::unexpected(sentence("read", path, errno));
    if (got == 0)
      return digest;
    if (!digest->write(byte_view{piece}.first(static_cast<std::size_t>(got))))
      return tl::unexpected("cannot hash " + path.string());
  }
}

} // namespace otafleet::solo
