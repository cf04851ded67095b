// Device ids for people: `<adjective>-<dish>-<0..999>`, the pattern of the real client.
#pragma once

#include <string>

#include "device/dice.hpp"

namespace otafleet::device {

/// About two million different names; a fleet larger than a few thousand will meet a taken one now and then.
[[nodiscard]] std::string pretty_name(dice& names);

} // namespace otafleet::device
