// The images of one device, as files in its download directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "solo/download_file.hpp"

namespace otafleet::solo {

/// All zero and empty when there is nothing.
struct download_state {
  std::uint64_t bytes = 0;
  /// Lower-case hexadecimal.
  std::string sha256;
  std::string sha512;
};

/// A download is called by the hash of what it is to become, in upper-case hexadecimal (protocol.md section 7.1).
///
/// While it is incomplete, or not what its name says, its file ends in `.part`; it loses that as soon as its hash is
/// its name, and not before it is on the disk. So whatever a kill or a lying server leaves, a file without `.part`
/// holds what it says. Each name is written by one transfer at a time, and nothing else is asked about it meanwhile.
/// Not thread safe beyond that.
class downloads {
public:
  /// Makes the directory when it is not there.
  [[nodiscard]] static tl::expected<downloads, std::string> open(std::filesystem::path directory);

  /// What is there of it. Right after a transfer this is what was written; at any other time the file is read and
  /// hashed, so that what changed on the disk is noticed. What cannot be read counts as nothing, and `complaint` says
  /// why.
  [[nodiscard]] download_state inspect(const std::string& name);

  /// Where the next transfer's bytes go: behind the first `resume_from` bytes; what was there beyond is dropped. Fails
  /// with a sentence when the disk has no room for `expected` bytes and one MiB more, which the real client leaves, or
  /// cannot be written.
  [[nodiscard]] tl::expected<std::shared_ptr<net::body_sink>, std::string>
  writer(const std::string& name, std::uint64_t resume_from, std::uint64_t expected);

  void forget(const std::string& name);

  /// Why the last transfer to `name` could not be written: a sentence, or empty.
  [[nodiscard]] std::string complaint(const std::string& name) const;

private:
  struct entry {
    /// The last transfer's, or the digest of what was last inspected: the next transfer goes on from there.
    std::shared_ptr<download_file> file;
    /// A transfer wrote to it and nobody has looked since.
    bool is_news = false;
    std::string complaint;
  };

  explicit downloads(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] std::filesystem::path final_path(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::filesystem::path part_path(const std::string& name) const { return directory_ / (name + ".part"); }
  [[nodiscard]] std::unique_ptr<net::digest_sink> take_digest(const std::string& name, std::uint64_t bytes);
  [[nodiscard]] bool finish(const std::string& name);

  std::filesystem::path directory_;
  std::map<std::string, entry> entries_;
};

} // namespace otafleet::solo
