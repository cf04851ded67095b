// What a machine wants to send, in the network's words.
#pragma once

#include "device/events.hpp"
#include "device/settings.hpp"
#include "net/transport.hpp"

namespace otafleet::solo {

/// Everything but whose request it is, whom it goes out as and where its body goes.
[[nodiscard]] net::request request_for(const device::send_request& what, const device::settings& common);

} // namespace otafleet::solo
