// Small archives read from and written to memory with libarchive; the one place that includes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"

// libarchive's own type.
struct archive;

namespace otafleet::pki {

struct archive_deleter {
  void operator()(archive* reader) const noexcept;
};

/// Goes through the entries of an archive in memory. Movable; not thread safe.
///
/// Takes zip, tar, cpio and 7-Zip; tar and cpio also compressed once with gzip, bzip2, xz, zstd or lz4. Not all that
/// libarchive could take: its mtree reader opens the files that an archive names, its lrzip, lzop and grzip filters
/// start programs, and layers of compression multiply what a few bytes can cost.
class archive_reader {
public:
  /// What the archive may unpack to, skipped entries included, and how many entries it may have.
  struct limits {
    std::size_t unpacked_bytes;
    std::size_t entries;
  };

  struct entry {
    /// Empty when it is in no encoding of ours.
    std::string name;
    bool is_regular_file;
  };

  // -- construction -----------------------------------------------------------

  /// `packed` must outlive the reader. Fails when it is no such archive.
  [[nodiscard]] static tl::expected<archive_reader, std::string> open(byte_view packed, limits allowed);

  // -- walking ----------------------------------------------------------------

  /// The next entry; nothing at the end. Fails when the archive is damaged or beyond its limits, and is spent then.
  [[nodiscard]] tl::expected<std::optional<entry>, std::string> next();

  /// The current entry's content, once. Fails when it is longer than `cap`, encrypted or damaged.
  [[nodiscard]] tl::expected<bytes, std::string> content(std::size_t cap);

private:
  explicit archive_reader(limits allowed) noexcept : left_(allowed), allowed_bytes_(allowed.unpacked_bytes) {}

  tl::expected<void, std::string> skip_content();
  bool spend(std::size_t size) noexcept;
  [[nodiscard]] std::string unpacks_to_too_much() const;

  /// The archive without its outer compression; empty when it had none.
  bytes inflated_;
  std::unique_ptr<archive, archive_deleter> handle_;
  limits left_;
  std::size_t allowed_bytes_;
  bool content_pending_ = false;
  bool encrypted_ = false;
  std::optional<std::uint64_t> declared_size_;
};

struct zip_entry {
  std::string_view name;
  byte_view content;
};

/// Packs a zip that every reader understands: stored, sizes up front. Permissions are the owner's only and the date is
/// fixed, so that equal entries are equal bytes.
[[nodiscard]] bytes pack_zip(std::span<const zip_entry> entries);

} // namespace otafleet::pki
