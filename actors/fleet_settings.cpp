#include "actors/fleet_settings.hpp"

#include <chrono>

namespace otafleet::actors {

namespace {

[[nodiscard]] pki::key_type to_pki(scenarios::uptane_key_type type) {
  switch (type) {
  case scenarios::uptane_key_type::ed25519:
    return pki::key_type::ed25519;
  case scenarios::uptane_key_type::rsa_2048:
    return pki::key_type::rsa_2048;
  case scenarios::uptane_key_type::rsa_3072:
    return pki::key_type::rsa_3072;
  case scenarios::uptane_key_type::rsa_4096:
    return pki::key_type::rsa_4096;
  }
  return pki::key_type::rsa_2048;
}

} // namespace

device::settings settings_for(const scenarios::fleet& fleet, const std::string& gateway_url) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  device::settings settings;
  settings.gateway_url = gateway_url;
  settings.hardware_id = fleet.hardware;
  settings.uptane_key = to_pki(fleet.uptane_key);
  settings.device_id_prefix = fleet.name;
  settings.polling_interval = duration_cast<milliseconds>(fleet.poll_every);
  settings.polling_jitter = fleet.poll_jitter;
  settings.install_p50 = duration_cast<milliseconds>(fleet.install_p50);
  settings.install_p99 = duration_cast<milliseconds>(fleet.install_p99);
  settings.reboots = fleet.reboots;
  return settings;
}

net::connection_policy policy_for(const scenarios::fleet& fleet) {
  return fleet.client == scenarios::client_profile::aktualizr ? net::connection_policy::fresh
                                                              : net::connection_policy::keep_alive;
}

} // namespace otafleet::actors
