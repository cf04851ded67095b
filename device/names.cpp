// The words for endpoints, milestones and states: metric labels, log fields and report rows.
#include "device/events.hpp"
#include "device/machine.hpp"

namespace otafleet::device {

std::string_view to_string(endpoint which) noexcept {
  switch (which) {
  case endpoint::devices:
    return "devices";
  case endpoint::ecus:
    return "ecus";
  case endpoint::system_info:
    return "system_info";
  case endpoint::installed:
    return "installed";
  case endpoint::network:
    return "network";
  case endpoint::config:
    return "config";
  case endpoint::manifest:
    return "manifest";
  case endpoint::director_root:
    return "director_root";
  case endpoint::director_targets:
    return "director_targets";
  case endpoint::director_timestamp:
    return "director_timestamp";
  case endpoint::director_snapshot:
    return "director_snapshot";
  case endpoint::image_root:
    return "image_root";
  case endpoint::image_timestamp:
    return "image_timestamp";
  case endpoint::image_snapshot:
    return "image_snapshot";
  case endpoint::image_targets:
    return "image_targets";
  case endpoint::delegation:
    return "delegation";
  case endpoint::image:
    return "image";
  case endpoint::treehub:
    return "treehub";
  case endpoint::events:
    return "events";
  case endpoint::campaigns:
    return "campaigns";
  }
  return "";
}

std::string_view to_string(milestone what) noexcept {
  switch (what) {
  case milestone::provisioning_started:
    return "provisioning started";
  case milestone::provisioned:
    return "provisioned";
  case milestone::provisioning_failed:
    return "provisioning failed";
  case milestone::polled:
    return "polled";
  case milestone::checked:
    return "checked";
  case milestone::manifest_refused:
    return "manifest refused";
  case milestone::signing_failed:
    return "signing failed";
  case milestone::check_failed:
    return "check failed";
  case milestone::update_found:
    return "update found";
  case milestone::download_started:
    return "download started";
  case milestone::download_finished:
    return "download finished";
  case milestone::download_failed:
    return "download failed";
  case milestone::install_started:
    return "install started";
  case milestone::install_finished:
    return "install finished";
  case milestone::install_failed:
    return "install failed";
  case milestone::reboot_started:
    return "reboot started";
  case milestone::update_reported:
    return "update reported";
  case milestone::failure_reported:
    return "failure reported";
  case milestone::campaign_found:
    return "campaign found";
  case milestone::campaigns_failed:
    return "campaigns failed";
  }
  return "";
}

std::string_view to_string(life_state state) noexcept {
  switch (state) {
  case life_state::off:
    return "off";
  case life_state::provisioning:
    return "provisioning";
  case life_state::idle:
    return "idle";
  case life_state::checking:
    return "checking";
  case life_state::downloading:
    return "downloading";
  case life_state::installing:
    return "installing";
  case life_state::rebooting:
    return "rebooting";
  }
  return "";
}

} // namespace otafleet::device
