// The attacks of protocol.md section 5 that the backend can play: what each one bends, and what gives away a client
// that falls for it. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server-stub/statistics.hpp"

namespace otafleet::stub {

enum class attack_kind : std::uint8_t {
  /// A Director list, rightly signed, of a lower version than the device was served before.
  rollback,
  /// A Director list, rightly signed, whose date has passed.
  freeze,
  /// An older Image targets.json beside the snapshot that lists a newer one.
  mix_and_match,
  /// Director lists and an Image repository that name the attacker's image, signed with keys that are in no root.
  arbitrary_software,
  /// A Director list that does not end.
  endless_data,
  /// A Director list signed with the account's own timestamp key.
  wrong_role_key,
  /// A Director list, rightly signed, that gives one ECU two images.
  repeated_ecu,
  /// A Director list, rightly signed, that calls the ECU's hardware by another name.
  wrong_hardware,
  /// Image bytes of the right length and another content.
  replaced_payload,
  /// `<N+1>.root.json` of the Director is a rightly signed root of version N+2.
  skipped_root,
};

inline constexpr std::size_t attack_kinds = 10;

/// `rollback`, `mix-and-match`, ...: the name in scenarios, metrics and reports.
[[nodiscard]] std::string_view to_string(attack_kind kind) noexcept;
[[nodiscard]] std::optional<attack_kind> attack_kind_from(std::string_view name) noexcept;

/// What a bent answer is a substitute for.
enum class bent_part : std::uint8_t { none, director_list, root, image_metadata, image };

/// What `kind` bends in the answer to a request for `asked`; `none` where it leaves the answer alone.
[[nodiscard]] bent_part part_bent_by(attack_kind kind, endpoint asked) noexcept;

/// True when a client that was just served a bent `part` asks for `next` only if it has accepted it. A bent image is
/// not given away by a request, but by what the device reports.
[[nodiscard]] bool gives_away(bent_part part, endpoint next) noexcept;

/// True when real clients may have stored what they were served although they rejected it: aktualizr keeps a rightly
/// signed list of a higher version before it looks at its date and its ECUs, and an empty list does not displace it
/// (protocol.md sections 4.10 and 9.7). Only a new root makes them forget.
[[nodiscard]] bool may_linger(attack_kind kind) noexcept;

} // namespace otafleet::stub
