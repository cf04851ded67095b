#include "server-stub/director_targets.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"
#include "server-stub/signing_keys.hpp"

namespace otafleet::stub {

std::vector<std::size_t> listable(const std::vector<open_assignment>& assignments) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < assignments.size(); ++at) {
    const auto contradicts = [&](std::size_t earlier) {
      const auto& other = *assignments[earlier].image;
      return other.filepath == assignments[at].image->filepath && !(other == *assignments[at].image);
    };
    if (std::none_of(places.begin(), places.end(), contradicts))
      places.push_back(at);
  }
  return places;
}

nlohmann::json director_targets(const ecu_set& ecus, const std::vector<open_assignment>& listed, std::int64_t expires,
                                std::int32_t version) {
  auto content = signed_part("Targets", expires, version);
  auto& targets = content["targets"] = nlohmann::json::object();
  for (const auto& assignment : listed) {
    const auto& image = *assignment.image;
    const auto& ecu = ecus.ecus[assignment.ecu];
    auto& target = targets[image.filepath];
    target["hashes"]["sha256"] = pki::to_hex(image.sha256);
    target["length"] = image.length;
    target["custom"]["uri"] = nullptr;
    target["custom"]["ecuIdentifiers"][ecu.serial]["hardwareId"] = ecu.hardware_id;
  }
  if (!listed.empty())
    content["custom"]["correlationId"] = *listed.front().correlation_id;
  return content;
}

} // namespace otafleet::stub
