#include "server-stub/director_targets.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"

namespace otafleet::stub {

refusal no_ecus() {
  return {404, "device_missing_primary_ecu", "the device has registered no ECU"};
}

void outdate(device_record& record) noexcept {
  record.outdated = true;
  record.list = nullptr;
}

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
                                std::int32_t version, std::string_view image_base) {
  auto content = signed_part("Targets", expires, version);
  auto& targets = content["targets"] = nlohmann::json::object();
  for (const auto& assignment : listed) {
    const auto& image = *assignment.image;
    const auto& ecu = ecus.ecus[assignment.ecu];
    auto& target = targets[image.filepath];
    target["hashes"]["sha256"] = pki::to_hex(image.sha256);
    target["length"] = image.length;
    target["custom"]["uri"] = nullptr;
    if (!image_base.empty()) {
      target["custom"]["uri"] = std::string{image_base} + pki::to_hex(image.sha256);
      // As devices tell it when nobody does: a commit has no length.
      target["custom"]["targetFormat"] = image.length == 0 ? "OSTREE" : "BINARY";
    }
    target["custom"]["ecuIdentifiers"][ecu.serial]["hardwareId"] = ecu.hardware_id;
  }
  if (!listed.empty())
    content["custom"]["correlationId"] = *listed.front().correlation_id;
  return content;
}

tl::expected<list_announcement, std::string> announce_list(std::string_view text, std::int32_t version,
                                                           std::int64_t expires, const repository_keys& keys) {
  auto content = signed_part("Snapshot", expires, version);
  content["meta"]["targets.json"] = description_of(text, version);
  auto snapshot = keys.snapshot.sign(content);
  if (!snapshot)
    return tl::unexpected(std::move(snapshot.error()));
  content = signed_part("Timestamp", expires, version);
  content["meta"]["snapshot.json"] = description_of(*snapshot, version);
  auto timestamp = keys.timestamp.sign(content);
  if (!timestamp)
    return tl::unexpected(std::move(timestamp.error()));
  return list_announcement{std::move(*snapshot), std::move(*timestamp)};
}

} // namespace otafleet::stub
