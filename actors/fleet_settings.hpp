// What a scenario's words for a fleet mean to its devices and their connections. Pure.
#pragma once

#include "actors/target.hpp"
#include "device/settings.hpp"
#include "net/transport.hpp"
#include "scenarios/model.hpp"

namespace otafleet::actors {

[[nodiscard]] device::settings settings_for(const scenarios::fleet& fleet, const account_access& access);

[[nodiscard]] net::connection_policy policy_for(const scenarios::fleet& fleet);

} // namespace otafleet::actors
