#include "server-stub/attack_gateway.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server-stub/account.hpp"
#include "server-stub/events.hpp"
#include "server-stub/gateway_paths.hpp"
#include "server-stub/image_answer.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

bool tells_of_installation(const event_notice& event) noexcept {
  return event.type < event_types.size() && event_types[event.type] == "EcuInstallationStarted";
}

} // namespace

answer attack_gateway::handle(request& complete, const peer& from) {
  if (from.owner == nullptr || from.is_provisioning_credential || !from.owner->attack().is_watching())
    return genuine_.handle(complete, from);
  return handle_watched(complete, from);
}

answer attack_gateway::handle_watched(request& complete, const peer& from) {
  auto& attack = from.owner->attack();
  const auto which = static_cast<endpoint>(complete.route);
  attack.observe_request(from.common_name, which);
  if (which == endpoint::manifest)
    return take_manifest(complete, from);
  if (which == endpoint::events) {
    const auto events = read_events(complete.body);
    if (events && std::any_of(events->begin(), events->end(), tells_of_installation))
      attack.observe_installation(from.common_name);
  }
  if (auto instead = bent(complete, from)) {
    counts_.count_request(which, instead->status);
    return std::move(*instead);
  }
  return genuine_.handle(complete, from);
}

answer attack_gateway::take_manifest(request& complete, const peer& from) {
  auto& devices = from.owner->devices();
  const auto before = devices.find(from.common_name);
  auto result = genuine_.handle(complete, from);
  const auto after = devices.find(from.common_name);
  std::vector<image_fact_ptr> installed;
  const bool is_comparable = !before.empty() && !after.empty() && result.status < 300 &&
                             before.front().second.ecus == after.front().second.ecus;
  if (is_comparable) {
    const auto& was = before.front().second.installed;
    for (std::size_t at = 0; const auto& image : after.front().second.installed) {
      if (image && !(was[at] && *was[at] == *image))
        installed.push_back(image);
      ++at;
    }
  }
  from.owner->attack().observe_manifest(from.common_name, installed, !after.empty() && after.front().second.outdated);
  return result;
}

std::optional<answer> attack_gateway::bent(const request& complete, const peer& from) {
  if (complete.method != verb::get)
    return std::nullopt;
  const std::string_view path = complete.path;
  const auto which = static_cast<endpoint>(complete.route);
  std::optional<std::string> filename;
  if (which == endpoint::image_download)
    filename = percent_decoded(after(path, "/repo/targets/").value_or(""));
  auto found = from.owner->attack().bend(
      {from.common_name, which, gateway_path_of(complete.method, path).root_version, filename.value_or("")});
  if (!found)
    return std::nullopt;
  if (which == endpoint::image_download)
    return image_answer(std::move(found->text), complete);
  auto result = answer::shared(std::move(found->text));
  result.is_endless = found->is_endless;
  return result;
}

} // namespace otafleet::stub
