// The documents and bytes that an attacker serves, with the signatures that one of his kind would have. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "server-stub/attack.hpp"
#include "server-stub/director.hpp"
#include "server-stub/image_repository.hpp"
#include "server-stub/signing_keys.hpp"

namespace otafleet::stub {

/// An image that nobody has uploaded: the attacker names it where the device has no open assignment to bend.
struct bait {
  std::string filename;
  shared_text content;
  std::string correlation_id;

  /// Its file name ends in `mark`.
  [[nodiscard]] static bait make(std::string_view mark);
};

struct bent_list_order {
  attack_kind kind;
  /// The list's version; for a rollback below all that the device was served.
  std::int32_t version = 0;
  std::int64_t now = 0;
};

/// A Director list as `order.kind` bends it, over the device's open assignments or else the bait; a client that accepts
/// it has something to fetch. `genuine` are the Director's own keys, `attackers` are in no root. Snapshot and timestamp
/// describe the list, so that a client which looks at them first finds nothing wrong there but what is wrong.
[[nodiscard]] tl::expected<signed_list, std::string> bend_list(const bent_list_order& order,
                                                               const list_material& material, const bait& lure,
                                                               const repository_keys& genuine,
                                                               const repository_keys& attackers);

/// An Image repository of the attacker's own keys that vouches for the bait on `hardware_id`.
[[nodiscard]] tl::expected<repository_documents, std::string> attackers_repository(const bait& lure,
                                                                                   std::string_view hardware_id,
                                                                                   const repository_keys& attackers,
                                                                                   std::int64_t now);

/// Other bytes, as many: each is turned over.
[[nodiscard]] std::string replaced_content(std::string_view content);

/// The beginning of a list in HTTP's chunks (`answer::is_endless`): 4 MiB, where no client may take more than 64 KiB
/// (protocol.md section 4.9). One text for the whole process.
[[nodiscard]] const shared_text& endless_list();

} // namespace otafleet::stub
