#include "server-stub/attack.hpp"

#include <algorithm>

namespace otafleet::stub {

namespace {

constexpr std::array<std::string_view, attack_kinds> names{
    "rollback",       "freeze",       "mix-and-match",  "arbitrary-software", "endless-data",
    "wrong-role-key", "repeated-ecu", "wrong-hardware", "replaced-payload",   "skipped-root"};

bool is_image_metadata(endpoint asked) noexcept {
  return asked == endpoint::image_timestamp || asked == endpoint::image_snapshot || asked == endpoint::image_targets;
}

bool is_of_image_repository(endpoint asked) noexcept {
  return is_image_metadata(asked) || asked == endpoint::image_root || asked == endpoint::image_delegation ||
         asked == endpoint::image_download;
}

/// The list itself, or what only clients of the Uptane Standard fetch around it.
bool is_list(endpoint asked) noexcept {
  return asked == endpoint::director_targets || asked == endpoint::director_snapshot ||
         asked == endpoint::director_timestamp;
}

} // namespace

std::string_view to_string(attack_kind kind) noexcept {
  return names[static_cast<std::size_t>(kind)];
}

std::optional<attack_kind> attack_kind_from(std::string_view name) noexcept {
  const auto* const found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    return std::nullopt;
  return static_cast<attack_kind>(found - names.begin());
}

bent_part part_bent_by(attack_kind kind, endpoint asked) noexcept {
  switch (kind) {
  case attack_kind::rollback:
  case attack_kind::freeze:
  case attack_kind::wrong_role_key:
  case attack_kind::repeated_ecu:
  case attack_kind::wrong_hardware:
    return is_list(asked) ? bent_part::director_list : bent_part::none;
  case attack_kind::endless_data:
    return asked == endpoint::director_targets ? bent_part::director_list : bent_part::none;
  case attack_kind::arbitrary_software:
    if (is_list(asked))
      return bent_part::director_list;
    if (is_image_metadata(asked))
      return bent_part::image_metadata;
    return asked == endpoint::image_download ? bent_part::image : bent_part::none;
  case attack_kind::mix_and_match:
    return asked == endpoint::image_targets ? bent_part::image_metadata : bent_part::none;
  case attack_kind::replaced_payload:
    return asked == endpoint::image_download ? bent_part::image : bent_part::none;
  case attack_kind::skipped_root:
    return asked == endpoint::director_root ? bent_part::root : bent_part::none;
  }
  return bent_part::none;
}

bool gives_away(bent_part part, endpoint next) noexcept {
  switch (part) {
  case bent_part::director_list:
    return is_of_image_repository(next);
  case bent_part::root:
    return is_list(next) || is_of_image_repository(next);
  case bent_part::image_metadata:
    return next == endpoint::image_download;
  case bent_part::image:
  case bent_part::none:
    break;
  }
  return false;
}

bool may_linger(attack_kind kind) noexcept {
  return kind == attack_kind::freeze || kind == attack_kind::repeated_ecu || kind == attack_kind::wrong_hardware;
}

} // namespace otafleet::stub
