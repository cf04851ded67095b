// What a run asks the backend before it begins and when it is over. Blocking; not for actors.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "actors/ground_truth.hpp"
#include "actors/operator_api.hpp"
#include "net/transport.hpp"

namespace otafleet::actors {

/// Lets the embedded backend accept devices that this authority vouches for.
[[nodiscard]] tl::expected<void, std::string> register_device_ca(net::transport& transport,
                                                                 const operator_access& access,
                                                                 const std::string& account,
                                                                 std::string certificate_pem);

[[nodiscard]] tl::expected<backend_status, std::string> ask_for_status(net::transport& transport,
                                                                       const operator_access& access);

/// All devices of an account, page by page.
[[nodiscard]] tl::expected<backend_view, std::string>
ask_for_devices(net::transport& transport, const operator_access& access, const std::string& account);

} // namespace otafleet::actors
