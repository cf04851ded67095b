#include "actors/fleet_settings.hpp"

#include <chrono>
#include <utility>

#include "device/profile.hpp"

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

device::settings settings_for(const scenarios::fleet& fleet, const account_access& access) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  device::settings settings;
  settings.gateway_url = access.gateway_url;
  settings.director_url = access.director_url;
  settings.repo_url = access.repo_url;
  settings.treehub_url = access.treehub_url;

  settings.provisioning = fleet.provisioned_by == scenarios::provisioning::device_credentials
                              ? device::provisioning_mode::device_credentials
                              : device::provisioning_mode::shared_credentials;
  settings.primary.hardware_id = fleet.hardware;
  settings.primary.uptane_key = to_pki(fleet.uptane_key);
  settings.primary.install_fails = fleet.install_fails;
  for (const auto& one : fleet.secondaries) {
    device::ecu_settings ecu;
    ecu.hardware_id = one.hardware;
    ecu.uptane_key = to_pki(one.key);
    ecu.install_fails = one.install_fails;
    settings.secondaries.push_back(std::move(ecu));
  }
  if (access.mint != nullptr && settings.provisioning == device::provisioning_mode::device_credentials)
    settings.device_id = access.mint->only_name();
  settings.uuid_device_id = access.names == device_naming::uuids;
  if (access.names == device_naming::by_fleet)
    settings.device_id_prefix = fleet.name;

  // The loader knows the profiles by name; tests/measures.test.cpp holds the two lists together.
  if (const auto* profile = device::find_profile(fleet.client))
    settings.profile = *profile;
  settings.pacman = fleet.pacman == scenarios::package_manager::ostree ? device::package_manager::ostree
                                                                       : device::package_manager::none;
  settings.polling_interval = duration_cast<milliseconds>(fleet.poll_every);
  settings.polling_jitter = fleet.poll_jitter;
  settings.install_p50 = duration_cast<milliseconds>(fleet.install_p50);
  settings.install_p99 = duration_cast<milliseconds>(fleet.install_p99);
  settings.reboots = fleet.reboots;
  settings.keeps_images = false;
  return settings;
}

net::connection_policy policy_for(const scenarios::fleet& fleet) {
  const auto* profile = device::find_profile(fleet.client);
  return profile != nullptr && profile->keeps_connections ? net::connection_policy::keep_alive
                                                          : net::connection_policy::fresh;
}

} // namespace otafleet::actors
