// A download that is being written: a file that grows, and the digests of what is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "net/body_sink.hpp"
#include "net/digest_sink.hpp"
#include "solo/descriptor.hpp"

namespace otafleet::solo {

/// One transfer at a time writes to it; between transfers it is its owner's (net/body_sink.hpp).
class download_file final : public net::body_sink {
public:
  /// `digest` is that of what `file` holds already; what comes is added behind it.
  download_file(std::filesystem::path path, descriptor file, std::unique_ptr<net::digest_sink> digest);

  [[nodiscard]] bool write(byte_view piece) override;

  /// The system's number of the first write that failed, else 0.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// A sentence about it with the remedy; empty when nothing failed.
  [[nodiscard]] std::string complaint() const;

  [[nodiscard]] net::digest_sink& digest() noexcept { return *digest_; }
  /// Gives the digest up, for whoever writes on; no more may be written here.
  [[nodiscard]] std::unique_ptr<net::digest_sink> release_digest() noexcept { return std::move(digest_); }

private:
  std::filesystem::path path_;
  descriptor file_;
  std::unique_ptr<net::digest_sink> digest_;
  int error_ = 0;
};

/// Hashes the first `limit` bytes of what `path` holds, in pieces; null when there is no such file.
[[nodiscard]] tl::expected<std::unique_ptr<net::digest_sink>, std::string>
digest_of_file(const std::filesystem::path& path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

} // namespace otafleet::solo
