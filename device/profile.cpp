#include "device/profile.hpp"

#include <algorithm>
#include <iterator>

namespace otafleet::device {

const client_profile* find_profile(std::string_view name) noexcept {
  const auto* found = std::ranges::find(profiles::all, name, &client_profile::name);
  return found == std::end(profiles::all) ? nullptr : found;
}

} // namespace otafleet::device
