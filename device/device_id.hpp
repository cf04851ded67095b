// What a device is called (protocol.md sections 0.6, 1.3 and 2.2).
#pragma once

#include <string>

#include "device/dice.hpp"
#include "device/settings.hpp"

namespace otafleet::device {

/// The configured id, else `<prefix>-<index>`, else one that is drawn from `names`: a UUID or a pretty name.
[[nodiscard]] std::string device_id_for(const settings& common, const device_seed& seed, dice& names);

/// The one that a device begins with: the common name of a certificate that is made before the device is.
[[nodiscard]] std::string first_device_id(const settings& common, const device_seed& seed);

} // namespace otafleet::device
