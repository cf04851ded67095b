// POST /system_info/config as ota-lith's registry reads it: TOML with the three settings that it wants (protocol.md
// section 8.1). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "server-stub/refusal.hpp"

namespace otafleet::stub {

/// Nothing when `text` is TOML 1.0 and has `pacman.type` (a string), `uptane.polling_sec` (a number) and
/// `uptane.force_install_completion` (true or false); else 400 `malformed_input` with the line or the setting.
/// Dates are taken for what begins like one.
[[nodiscard]] std::optional<refusal> objection_to_config(std::string_view text);

} // namespace otafleet::stub
