// OSTree objects as a treehub serves them: what one is called, whether it is what it is called, what it leads to.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"

namespace otafleet::device::ostree {

/// `file` is a regular file or a symlink, served as `.filez`.
enum class object_kind { commit, dirtree, dirmeta, file };

/// The kind's file name ending: `commit`, `dirtree`, `dirmeta`, `filez`.
[[nodiscard]] std::string_view to_string(object_kind kind) noexcept;

struct object_name {
  object_kind kind;
  /// SHA-256, 64 lower-case hexadecimal digits.
  std::string checksum;

  /// Where an archive repository keeps it: `objects/<2 digits>/<62 digits>.<kind>`.
  [[nodiscard]] std::string path() const;

  // NOLINTNEXTLINE(modernize-use-nullptr): the check takes what the compiler writes here for a comparison with 0
  auto operator<=>(const object_name&) const = default;
};

// -- bounds -----------------------------------------------------------------------

/// libostree's own bound for commits and directories. A file's is what the stub takes.
inline constexpr std::uint64_t max_metadata_bytes = 10ull * 1024 * 1024;
inline constexpr std::uint64_t max_filez_bytes = 256ull * 1024 * 1024;
/// What a file may unpack to; it is unpacked 64 KiB at a time, so this bounds time and not memory.
inline constexpr std::uint64_t max_unpacked_bytes = 1024ull * 1024 * 1024;
/// Files, and subdirectories, of one directory; extended attributes of one object.
inline constexpr std::size_t max_entries = 100'000;

/// What a server may send for an object of this kind.
[[nodiscard]] std::uint64_t max_served_bytes(object_kind kind) noexcept;

// -- reading ------------------------------------------------------------------------

/// The checksum that the object `served` should be named by: of its bytes for metadata; for a file of its header
/// without the size, and its content unpacked (protocol.md section 7.2). Fails when a file is malformed or too large.
[[nodiscard]] tl::expected<std::string, std::string> checksum_of(object_kind kind, byte_view served);

/// Checks that `served` is the object called `which` and returns the objects that one needs to have it whole: a
/// commit's root directory (its parent is not needed), a directory's files and subdirectories; none for the others. In
/// the object's order, so one may come twice.
///
/// As strict as libostree: GVariants in normal form, checksums of 32 bytes, entry names that are no path, modes that
/// are a file's, a symlink's or a directory's. A file must also unpack to exactly its stated size with nothing behind
/// it. A commit's metadata dictionary is not looked into. The error is a sentence that names the object.
[[nodiscard]] tl::expected<std::vector<object_name>, std::string> check_object(const object_name& which,
                                                                               byte_view served);

} // namespace otafleet::device::ostree
