// What a device tells about itself: hardware, packages, network, configuration (protocol.md section 8.1).
#pragma once

#include <string>

#include "device/settings.hpp"

namespace otafleet::device {

/// The object that `lshw -json` prints, for an imaginary board of this hardware id; canonical JSON of about 6 KB, the
/// size that the real client sends.
[[nodiscard]] std::string system_info_body(const settings& common, const std::string& device_id);

/// `[{"name":"fake-package","version":"1.0"}]`: what aktualizr's package manager `none` reports.
[[nodiscard]] std::string installed_body();

/// Host name, address and MAC, derived from the device's index: 10.0.0.0/8 and a locally administered MAC.
[[nodiscard]] std::string network_body(const std::string& device_id, const device_seed& seed);

/// The effective configuration in aktualizr's INI-like form.
[[nodiscard]] std::string config_body(const settings& common);

} // namespace otafleet::device
