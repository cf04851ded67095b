#include "device/ostree_file.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <zlib.h>

#include "device/gvariant.hpp"
#include "device/ostree_object.hpp"
#include "pki/digest.hpp"

namespace otafleet::device::ostree {
namespace {

/// A header is preceded by its length in four bytes, and padding up to where a GVariant may begin.
constexpr std::size_t prefix_size = 8;
/// The size that only an archive's header has.
constexpr std::size_t size_field = 8;
/// Owner, group, mode and device number.
constexpr std::size_t numbers_size = 16;

struct file_header {
  std::uint64_t size;
  file_type type;
  /// The numbers as they are, the same in both forms of the header.
  byte_view numbers;
  byte_view symlink_target;
  byte_view attributes;
};

auto malformed(std::string what) {
  return tl::unexpected(std::move(what));
}

void append_little_endian(bytes& to, std::size_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i)
    to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

/// The variant in `filez`, and what follows it.
std::optional<std::pair<byte_view, byte_view>> split(byte_view filez) {
  if (filez.size() < prefix_size)
    return std::nullopt;
  const auto length = gvariant::big_endian_32(filez.first(4));
  const auto rest = filez.subspan(prefix_size);
  if (gvariant::big_endian_32(filez.subspan(4, 4)) != 0 || length > rest.size() || length > max_metadata_bytes)
    return std::nullopt;
  return std::pair{rest.first(length), rest.subspan(length)};
}

/// `(tuuuusa(ayay))`: size, owner, group, mode, device number, symlink target, extended attributes.
tl::expected<file_header, std::string> read_header(byte_view variant) {
  using gvariant::uint32;
  constexpr std::array types{gvariant::uint64, uint32, uint32, uint32, uint32, gvariant::text, gvariant::plain_array};
  const auto parts = gvariant::tuple(variant, types);
  if (!parts || !are_attributes((*parts)[6]))
    return malformed("has a header that is not in GVariant's normal form");
  const auto target = gvariant::string((*parts)[5]);
  if (!target)
    return malformed("has a symlink target that is no text");
  if (gvariant::big_endian_32((*parts)[4]) != 0)
    return malformed("has a device number; only files and symlinks are kept in OSTree");
  const auto mode = gvariant::big_endian_32((*parts)[3]);
  const bool symlink = is_mode_of(mode, file_type::symlink);
  if (!symlink && !is_mode_of(mode, file_type::regular))
    return malformed("has a mode that is neither a file's nor a symlink's");
  if (symlink == target->empty())
    return malformed(symlink ? "is a symlink to nowhere" : "is a regular file with a symlink target");
  return file_header{gvariant::big_endian_64((*parts)[0]), symlink ? file_type::symlink : file_type::regular,
                     variant.subspan(size_field, numbers_size), (*parts)[5], (*parts)[6]};
}

/// The same header as an uncompressed repository writes it, `(uuuusa(ayay))` with its prefix: this is what counts in
/// the checksum.
bytes uncompressed_header(const file_header& header) {
  const auto text_end = numbers_size + header.symlink_target.size();
  const auto body = text_end + header.attributes.size();
  // The narrowest offset with which the whole is still within its reach.
  std::size_t width = 1;
  while (gvariant::offset_width(body + width) > width)
    width *= 2;
  const auto size = body + width;
  bytes result;
  result.reserve(prefix_size + size);
  for (const int shift : {24, 16, 8, 0})
    result.push_back(static_cast<std::byte>(size >> shift & 0xff));
  result.insert(result.end(), prefix_size - 4, std::byte{0});
  for (const auto part : {header.numbers, header.symlink_target, header.attributes})
    result.insert(result.end(), part.begin(), part.end());
  append_little_endian(result, text_end, width);
  return result;
}

/// zlib's state for one raw deflate stream.
class inflater {
public:
  explicit inflater(byte_view packed) {
    // zlib does not write through this pointer; that it is not const is history.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK)
      throw std::bad_alloc{};
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater() { inflateEnd(&stream_); }

  /// The next piece, valid until the next call; empty at the end. Fails on damage and when the input ends too soon.
  tl::expected<byte_view, std::string> next() {
    if (ended_)
      return byte_view{};
    stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_out = static_cast<uInt>(piece_.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    const auto size = piece_.size() - stream_.avail_out;
    ended_ = code == Z_STREAM_END;
    if (code == Z_MEM_ERROR)
      throw std::bad_alloc{};
    if (!ended_ && (code != Z_OK || size == 0))
      return tl::unexpected(std::string{"has content that is damaged or cut off"});
    return byte_view{piece_}.first(size);
  }

  /// Whether all input belonged to the stream.
  [[nodiscard]] bool took_all() const noexcept { return ended_ && stream_.avail_in == 0; }

private:
  z_stream stream_{};
  bool ended_ = false;
  std::array<std::byte, 64 * 1024> piece_{};
};

tl::expected<void, std::string> hash_content(byte_view packed, std::uint64_t expected, pki::hasher& into) {
  if (expected > max_unpacked_bytes)
    return malformed("unpacks to more than " + std::to_string(max_unpacked_bytes) + " bytes");
  inflater content{packed};
  std::uint64_t size = 0;
  for (;;) {
    const auto piece = content.next();
    if (!piece)
      return tl::unexpected(piece.error());
    size += piece->size();
    if (piece->empty() || size > expected)
      break;
    into.update(*piece);
  }
  if (size != expected)
    return malformed("does not unpack to the " + std::to_string(expected) + " bytes that it states");
  if (!content.took_all())
    return malformed("has bytes behind its content");
  return {};
}

} // namespace

bool is_mode_of(std::uint32_t mode, file_type type) noexcept {
  constexpr std::uint32_t permissions = 07777;
  constexpr std::array<std::uint32_t, 3> bits{0100000, 0120000, 0040000};
  return (mode & ~permissions) == bits.at(static_cast<std::size_t>(type));
}

bool are_attributes(byte_view serialised) {
  constexpr std::array types{gvariant::byte_array, gvariant::byte_array};
  const auto all = gvariant::array(serialised, max_entries);
  if (!all)
    return false;
  for (const auto one : *all)
    if (!gvariant::tuple(one, types))
      return false;
  return true;
}

tl::expected<std::string, std::string> file_checksum(byte_view filez) {
  const auto parts = split(filez);
  if (!parts)
    return malformed("has no header");
  const auto& [variant, packed] = *parts;
  const auto header = read_header(variant);
  if (!header)
    return tl::unexpected(header.error());
  pki::hasher hash{pki::hash_algorithm::sha256};
  hash.update(uncompressed_header(*header));
  if (header->type == file_type::regular) {
    if (auto hashed = hash_content(packed, header->size, hash); !hashed)
      return tl::unexpected(std::move(hashed.error()));
  } else if (!packed.empty() || header->size != 0) {
    return malformed("is a symlink with content");
  }
  return hash.finish_hex();
}

} // namespace otafleet::device::ostree
