#include "device/ostree_object.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "device/gvariant.hpp"
#include "device/ostree_file.hpp"
#include "pki/digest.hpp"
#include "pki/encoding.hpp"

namespace otafleet::device::ostree {
namespace {

using names = std::vector<object_name>;
using outcome = tl::expected<names, std::string>;

auto malformed(std::string what) {
  return tl::unexpected(std::move(what));
}

bool is_checksum(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Appends the object with the 32 bytes `checksum` as its name's; false when they are not 32.
bool refer(names& to, object_kind kind, byte_view checksum) {
  if (checksum.size() != 32)
    return false;
  to.push_back({kind, pki::to_hex(checksum)});
  return true;
}

/// libostree's rule for what one directory entry may be called.
bool is_entry_name(byte_view serialised) {
  const auto name = gvariant::string(serialised);
  return name && !name->empty() && *name != "." && *name != ".." && name->find('/') == std::string_view::npos;
}

/// `(a{sv}aya(say)sstayay)`: metadata, parent, related, subject, body, time, root directory, its metadata.
outcome read_commit(byte_view served) {
  constexpr std::array types{gvariant::dictionary, gvariant::byte_array, gvariant::plain_array, gvariant::text,
                             gvariant::text,       gvariant::uint64,     gvariant::byte_array,  gvariant::byte_array};
  const auto parts = gvariant::tuple(served, types);
  if (!parts)
    return malformed("is no commit in GVariant's normal form");
  if (const auto parent = (*parts)[1]; !parent.empty() && parent.size() != 32)
    return malformed("has a parent whose checksum is not 32 bytes");
  if (!gvariant::string((*parts)[3]) || !gvariant::string((*parts)[4]))
    return malformed("has a subject or body that is no text");
  names result;
  if (!refer(result, object_kind::dirtree, (*parts)[6]) || !refer(result, object_kind::dirmeta, (*parts)[7]))
    return malformed("has a root directory whose checksum is not 32 bytes");
  return result;
}

/// The entries of one of a directory's two lists: a name, then one checksum for each of `kinds`.
bool read_entries(byte_view list, std::span<const object_kind> kinds, names& into) {
  constexpr std::array types{gvariant::text, gvariant::byte_array, gvariant::byte_array};
  const auto entries = gvariant::array(list, max_entries);
  if (!entries)
    return false;
  for (const auto entry : *entries) {
    const auto parts = gvariant::tuple(entry, std::span{types}.first(1 + kinds.size()));
    if (!parts || !is_entry_name(parts->front()))
      return false;
    for (std::size_t i = 0; i < kinds.size(); ++i)
      if (!refer(into, kinds[i], (*parts)[1 + i]))
        return false;
  }
  return true;
}

/// `(a(say)a(sayay))`: files with their checksums, directories with those of their tree and their metadata.
outcome read_dirtree(byte_view served) {
  constexpr std::array types{gvariant::plain_array, gvariant::plain_array};
  const auto parts = gvariant::tuple(served, types);
  if (!parts)
    return malformed("is no directory in GVariant's normal form");
  names result;
  if (!read_entries((*parts)[0], std::array{object_kind::file}, result))
    return malformed("has a malformed file entry");
  if (!read_entries((*parts)[1], std::array{object_kind::dirtree, object_kind::dirmeta}, result))
    return malformed("has a malformed directory entry");
  return result;
}

/// `(uuua(ayay))`: owner, group, mode, extended attributes.
outcome read_dirmeta(byte_view served) {
  constexpr std::array types{gvariant::uint32, gvariant::uint32, gvariant::uint32, gvariant::plain_array};
  const auto parts = gvariant::tuple(served, types);
  if (!parts || !are_attributes((*parts)[3]))
    return malformed("is no directory metadata in GVariant's normal form");
  if (!is_mode_of(gvariant::big_endian_32((*parts)[2]), file_type::directory))
    return malformed("has a mode that is no directory's");
  return names{};
}

outcome read_references(object_kind kind, byte_view served) {
  switch (kind) {
  case object_kind::commit:
    return read_commit(served);
  case object_kind::dirtree:
    return read_dirtree(served);
  case object_kind::dirmeta:
    return read_dirmeta(served);
  case object_kind::file:
    break; // Its form was checked on the way to its checksum.
  }
  return names{};
}

} // namespace

std::string_view to_string(object_kind kind) noexcept {
  switch (kind) {
  case object_kind::commit:
    return "commit";
  case object_kind::dirtree:
    return "dirtree";
  case object_kind::dirmeta:
    return "dirmeta";
  case object_kind::file:
    break;
  }
  return "filez";
}

std::string object_name::path() const {
  const auto folder = std::min<std::size_t>(checksum.size(), 2);
  std::string result{"objects/"};
  return result.append(checksum, 0, folder).append("/").append(checksum, folder).append(".").append(to_string(kind));
}

std::uint64_t max_served_bytes(object_kind kind) noexcept {
  return kind == object_kind::file ? max_filez_bytes : max_metadata_bytes;
}

tl::expected<std::string, std::string> checksum_of(object_kind kind, byte_view served) {
  if (served.size() > max_served_bytes(kind))
    return tl::unexpected("is longer than " + std::to_string(max_served_bytes(kind)) + " bytes");
  return kind == object_kind::file ? file_checksum(served) : pki::sha256_hex(served);
}

tl::expected<std::vector<object_name>, std::string> check_object(const object_name& which, byte_view served) {
  const auto fail = [&](const std::string& why) {
    return tl::unexpected("the OSTree object " + which.path() + " " + why);
  };
  if (!is_checksum(which.checksum))
    return tl::unexpected(std::string{"an OSTree object's name is not 64 lower-case hexadecimal digits"});
  const auto checksum = checksum_of(which.kind, served);
  if (!checksum)
    return fail(checksum.error());
  if (*checksum != which.checksum)
    return fail("has the checksum " + *checksum);
  auto references = read_references(which.kind, served);
  if (!references)
    return fail(references.error());
  return references;
}

} // namespace otafleet::device::ostree
