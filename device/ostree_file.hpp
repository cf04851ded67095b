// OSTree file objects in the form of an archive repository (`.filez`): a header, then the content deflated.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "pki/bytes.hpp"

namespace otafleet::device::ostree {

enum class file_type { regular, symlink, directory };

/// Whether `mode` is one of `type`, with permissions and nothing else.
[[nodiscard]] bool is_mode_of(std::uint32_t mode, file_type type) noexcept;

/// Whether `serialised` is an `a(ayay)` in normal form: names and values of extended attributes.
[[nodiscard]] bool are_attributes(byte_view serialised);

/// The checksum of `filez` as OSTree defines it: SHA-256 of the header as an uncompressed repository writes it,
/// followed by the content. See `checksum_of` and `check_object` for what is refused; the error is the end of a
/// sentence.
[[nodiscard]] tl::expected<std::string, std::string> file_checksum(byte_view filez);

} // namespace otafleet::device::ostree
