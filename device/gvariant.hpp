// Reads GVariant's serialised form, as far as OSTree objects need it: tuples, arrays of variable-size tuples, strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pki/bytes.hpp"

namespace otafleet::device::gvariant {

// Only the normal form is taken: zero padding, offsets in order, no byte that belongs to nobody. GLib gives whatever
// else it meets a default value; OSTree then refuses it.

/// What must be known of a type to find it in a tuple.
struct type {
  /// Its size; 0 when that varies.
  std::size_t size;
  /// 1, 2, 4 or 8: where it may begin.
  std::size_t alignment;
};

inline constexpr type uint32{4, 4};
inline constexpr type uint64{8, 8};
inline constexpr type text{0, 1};
inline constexpr type byte_array{0, 1};
/// An array of tuples of texts and byte arrays: nothing in it is aligned.
inline constexpr type plain_array{0, 1};
/// `a{sv}`: a variant may hold anything.
inline constexpr type dictionary{0, 8};

/// The children of a tuple that has at least one of variable size; nothing when `serialised` is not in normal form.
[[nodiscard]] std::optional<std::vector<byte_view>> tuple(byte_view serialised, std::span<const type> children);

/// The elements of a `plain_array`; nothing when it is not in normal form or has more than `most` elements.
[[nodiscard]] std::optional<std::vector<byte_view>> array(byte_view serialised, std::size_t most);

/// A string without its NUL; nothing when it has none, has one inside, or is no UTF-8.
[[nodiscard]] std::optional<std::string_view> string(byte_view serialised);

// OSTree stores its numbers big-endian, whatever GVariant says. `serialised` has the number's size.
[[nodiscard]] std::uint32_t big_endian_32(byte_view serialised) noexcept;
[[nodiscard]] std::uint64_t big_endian_64(byte_view serialised) noexcept;

/// The width of the offsets in a container of `size` bytes: 1, 2, 4 or 8.
[[nodiscard]] std::size_t offset_width(std::size_t size) noexcept;

} // namespace otafleet::device::gvariant
