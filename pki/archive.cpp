#include "pki/archive.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

#include <archive.h>
#include <archive_entry.h>

namespace otafleet::pki {
namespace {

using reading = std::unique_ptr<archive, archive_deleter>;

struct writing_deleter {
  void operator()(archive* writer) const noexcept { archive_write_free(writer); }
};
struct entry_deleter {
  void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

reading make_reader() {
  reading result{archive_read_new()};
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

/// "what: libarchive's reason"; the reason may quote the archive, so only what is harmless on a terminal stays.
std::string with_reason(std::string what, archive* of) {
  constexpr std::size_t longest = 200;
  const char* const reason = archive_error_string(of);
  if (reason == nullptr)
    return what;
  const auto text = std::string_view{reason}.substr(0, longest);
  what += ": ";
  std::replace_copy_if(
      text.begin(), text.end(), std::back_inserter(what), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return what;
}

/// libarchive's filter for the compression that `packed` begins with; ARCHIVE_FILTER_NONE for none that we take.
int outer_compression(byte_view packed) noexcept {
  using namespace std::string_view_literals;
  constexpr auto known = std::to_array<std::pair<std::string_view, int>>({
      {"\x1f\x8b"sv, ARCHIVE_FILTER_GZIP},
      {"BZh"sv, ARCHIVE_FILTER_BZIP2},
      {"\xfd"
       "7zXZ\0"sv,
       ARCHIVE_FILTER_XZ},
      {"\x28\xb5\x2f\xfd"sv, ARCHIVE_FILTER_ZSTD},
      {"\x04\x22\x4d\x18"sv, ARCHIVE_FILTER_LZ4},
  });
  for (const auto& [magic, filter] : known)
    if (as_text(packed).starts_with(magic))
      return filter;
  return ARCHIVE_FILTER_NONE;
}

/// Undoes one layer of compression, so that what the format readers see is bounded before they see it.
tl::expected<bytes, std::string> inflate(byte_view packed, int filter, std::size_t cap) {
  const auto reader = make_reader();
  archive_entry* entry = nullptr;
  if (archive_read_append_filter(reader.get(), filter) != ARCHIVE_OK ||
      archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
      archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK)
    return tl::unexpected(with_reason("its compression is damaged", reader.get()));
  bytes result;
  std::array<std::byte, 16 * 1024> piece{};
  for (;;) {
    const auto size = archive_read_data(reader.get(), piece.data(), piece.size());
    if (size < 0)
      return tl::unexpected(with_reason("its compression is damaged", reader.get()));
    if (size == 0)
      return result;
    if (static_cast<std::size_t>(size) > cap - result.size())
      return tl::unexpected("it unpacks to more than " + std::to_string(cap) + " bytes");
    result.insert(result.end(), piece.begin(), piece.begin() + size);
  }
}

/// What one step of reading an entry gave.
enum class step { data, end, failed };

struct block {
  byte_view data;
  std::uint64_t offset = 0;
};

step next_block(archive* reader, block& into) {
  const void* start = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int code = archive_read_data_block(reader, &start, &size, &offset);
  if (code == ARCHIVE_EOF)
    return step::end;
  if (code != ARCHIVE_OK || offset < 0) // A wrong checksum is no more than a warning to libarchive.
    return step::failed;
  into = {{static_cast<const std::byte*>(start), start == nullptr ? 0 : size}, static_cast<std::uint64_t>(offset)};
  return step::data;
}

la_ssize_t append(archive* /*writer*/, void* into, const void* piece, std::size_t size) {
  const auto* const start = static_cast<const std::byte*>(piece);
  static_cast<bytes*>(into)->insert(static_cast<bytes*>(into)->end(), start, start + size);
  return static_cast<la_ssize_t>(size);
}

/// Writing to memory fails only for want of it.
void must(int code) {
  if (code != ARCHIVE_OK)
    throw std::bad_alloc{};
}

} // namespace

void archive_deleter::operator()(archive* reader) const noexcept {
  archive_read_free(reader);
}

// -- reading --------------------------------------------------------------------

tl::expected<archive_reader, std::string> archive_reader::open(byte_view packed, limits allowed) {
  archive_reader result{allowed};
  if (const int filter = outer_compression(packed); filter != ARCHIVE_FILTER_NONE) {
    auto inflated = inflate(packed, filter, allowed.unpacked_bytes);
    if (!inflated)
      return tl::unexpected(std::move(inflated.error()));
    result.inflated_ = std::move(*inflated);
    packed = result.inflated_;
  }
  result.handle_ = make_reader();
  auto* const reader = result.handle_.get();
  // Naming the one filter keeps libarchive from looking for others.
  if (archive_read_append_filter(reader, ARCHIVE_FILTER_NONE) != ARCHIVE_OK ||
      archive_read_support_format_zip(reader) != ARCHIVE_OK || archive_read_support_format_tar(reader) != ARCHIVE_OK ||
      archive_read_support_format_gnutar(reader) != ARCHIVE_OK ||
      archive_read_support_format_cpio(reader) != ARCHIVE_OK || archive_read_support_format_7zip(reader) != ARCHIVE_OK)
    return tl::unexpected(with_reason("libarchive cannot read archives here", reader));
  if (archive_read_open_memory(reader, packed.data(), packed.size()) != ARCHIVE_OK)
    return tl::unexpected(with_reason("it is no zip, tar, cpio or 7-Zip archive", reader));
  return result;
}

std::string archive_reader::unpacks_to_too_much() const {
  return "unpacks to more than " + std::to_string(allowed_bytes_) + " bytes";
}

bool archive_reader::spend(std::size_t size) noexcept {
  if (size > left_.unpacked_bytes)
    return false;
  left_.unpacked_bytes -= size;
  return true;
}

tl::expected<std::optional<archive_reader::entry>, std::string> archive_reader::next() {
  if (auto skipped = skip_content(); !skipped)
    return tl::unexpected(std::move(skipped.error()));
  archive_entry* found = nullptr;
  const int code = archive_read_next_header(handle_.get(), &found);
  if (code == ARCHIVE_EOF)
    return std::nullopt;
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) // A warning is about a name or a date that we do not need.
    return tl::unexpected(with_reason("it is damaged", handle_.get()));
  if (left_.entries == 0)
    return tl::unexpected(std::string{"it has too many entries"});
  --left_.entries;
  content_pending_ = true;
  encrypted_ = archive_entry_is_data_encrypted(found) != 0;
  declared_size_.reset();
  if (archive_entry_size_is_set(found) != 0)
    declared_size_ = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(found), 0));
  const char* const name = archive_entry_pathname(found);
  return entry{name == nullptr ? std::string{} : std::string{name}, archive_entry_filetype(found) == AE_IFREG};
}

// Not archive_read_data_skip: it would unpack without end and without our counting.
tl::expected<void, std::string> archive_reader::skip_content() {
  for (block found; content_pending_;) {
    const auto what = next_block(handle_.get(), found);
    content_pending_ = what == step::data;
    if (what == step::data && !spend(found.data.size()))
      return tl::unexpected("it " + unpacks_to_too_much());
  }
  return {};
}

tl::expected<bytes, std::string> archive_reader::content(std::size_t cap) {
  if (encrypted_)
    return tl::unexpected(std::string{"is encrypted; unpack the archive with its password and pack it without one"});
  const auto too_long = [&] { return tl::unexpected("is longer than " + std::to_string(cap) + " bytes"); };
  if (declared_size_.value_or(0) > cap)
    return too_long();
  bytes result;
  for (block found; content_pending_;) {
    const auto what = next_block(handle_.get(), found);
    content_pending_ = what == step::data;
    if (what == step::failed)
      return tl::unexpected(with_reason("cannot be unpacked", handle_.get()));
    if (what == step::end)
      break;
    // A sparse file's holes are zeros; its offsets may lie.
    if (found.offset < result.size() || found.offset > cap || found.data.size() > cap - found.offset)
      return too_long();
    if (!spend(static_cast<std::size_t>(found.offset) - result.size() + found.data.size()))
      return tl::unexpected("makes the archive one that " + unpacks_to_too_much());
    result.resize(static_cast<std::size_t>(found.offset));
    result.insert(result.end(), found.data.begin(), found.data.end());
  }
  if (declared_size_.value_or(result.size()) != result.size())
    return tl::unexpected(std::string{"is not as long as the archive says"});
  return result;
}

// -- writing --------------------------------------------------------------------

bytes pack_zip(std::span<const zip_entry> entries) {
  bytes result;
  const std::unique_ptr<archive, writing_deleter> writer{archive_write_new()};
  const std::unique_ptr<archive_entry, entry_deleter> header{archive_entry_new()};
  if (writer == nullptr || header == nullptr)
    throw std::bad_alloc{};
  must(archive_write_set_format_zip(writer.get()));
  must(archive_write_set_options(writer.get(), "zip:compression=store"));
  must(archive_write_set_bytes_per_block(writer.get(), 0));
  must(archive_write_set_bytes_in_last_block(writer.get(), 1));
  must(archive_write_open(writer.get(), &result, nullptr, append, nullptr));
  for (const auto& [name, content] : entries) {
    archive_entry_clear(header.get());
    archive_entry_set_pathname(header.get(), std::string{name}.c_str());
    archive_entry_set_filetype(header.get(), AE_IFREG);
    archive_entry_set_perm(header.get(), 0600);
    archive_entry_set_size(header.get(), static_cast<la_int64_t>(content.size()));
    // Before 1980, where a zip's dates begin: any later one would be written in the local time zone.
    archive_entry_set_mtime(header.get(), 0, 0);
    must(archive_write_header(writer.get(), header.get()));
    if (archive_write_data(writer.get(), content.data(), content.size()) != static_cast<la_ssize_t>(content.size()))
      throw std::bad_alloc{};
  }
  must(archive_write_close(writer.get()));
  return result;
}

} // namespace otafleet::pki
