#include "server-stub/attack_documents.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "server-stub/director_targets.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t bait_bytes = 4'096;
constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::size_t chunks = 64;

image_fact_ptr fact_of(const std::string& filename, std::string_view content) {
  return std::make_shared<const image_fact>(image_fact{filename, pki::sha256(as_bytes(content)), content.size()});
}

/// What the list names: the device's open assignments, or the bait for its primary.
std::vector<open_assignment> wanted(const bent_list_order& order, const list_material& material, const bait& lure) {
  const auto correlation_id = std::make_shared<const std::string>(lure.correlation_id);
  const open_assignment baited{0, true, fact_of(lure.filename, *lure.content), correlation_id};
  // An attacker who has nobody's keys cannot know what the Director has in store.
  if (order.kind == attack_kind::arbitrary_software || material.assignments.empty())
    return {baited};
  return material.assignments;
}

void call_hardware_otherwise(nlohmann::json& targets) {
  for (auto& target : targets)
    for (auto& ecu : target["custom"]["ecuIdentifiers"])
      ecu["hardwareId"] = "not-" + ecu["hardwareId"].get<std::string>();
}

/// Gives the ECU of the first assignment another image beside it.
void repeat_ecu(std::vector<open_assignment>& listed, const bait& lure) {
  auto again = listed.front();
  again.image = fact_of(lure.filename + ".again", *lure.content);
  listed.push_back(std::move(again));
}

} // namespace

bait bait::make(std::string_view mark) {
  std::string content = "otafleet: an image that nobody has uploaded\n";
  while (content.size() < bait_bytes)
    content.append(mark).append("\n");
  content.resize(bait_bytes);
  return {"attack-" + std::string{mark}, std::make_shared<const std::string>(std::move(content)),
          "urn:here-ota:campaign:" + random_uuid()};
}

tl::expected<signed_list, std::string> bend_list(const bent_list_order& order, const list_material& material,
                                                 const bait& lure, const repository_keys& genuine,
                                                 const repository_keys& attackers) {
  auto listed = wanted(order, material, lure);
  if (order.kind == attack_kind::repeated_ecu)
    repeat_ecu(listed, lure);
  const auto fresh = order.now + metadata_lifetime_seconds;
  const auto expires = order.kind == attack_kind::freeze ? order.now - metadata_lifetime_seconds : fresh;
  auto content = director_targets(*material.ecus, listed, expires, order.version);
  if (order.kind == attack_kind::wrong_hardware)
    call_hardware_otherwise(content["targets"]);

  const auto& keys = order.kind == attack_kind::arbitrary_software ? attackers : genuine;
  auto text = (order.kind == attack_kind::wrong_role_key ? keys.timestamp : keys.targets).sign(content);
  if (!text)
    return tl::unexpected(std::move(text.error()));
  auto announced = announce_list(*text, order.version, fresh, keys);
  if (!announced)
    return tl::unexpected(std::move(announced.error()));
  return signed_list{std::move(*text), expires, order.version,
                     std::make_shared<const list_announcement>(std::move(*announced))};
}

tl::expected<repository_documents, std::string> attackers_repository(const bait& lure, std::string_view hardware_id,
                                                                     const repository_keys& attackers,
                                                                     std::int64_t now) {
  repository_documents made;
  made.version = 1;
  made.expires = now + metadata_lifetime_seconds;
  const auto date = uptane::utc_time::from_unix_seconds(now).text();
  auto targets = signed_part("Targets", made.expires, made.version);
  targets["targets"][lure.filename] = {{"hashes", {{"sha256", pki::sha256_hex(as_bytes(*lure.content))}}},
                                       {"length", lure.content->size()},
                                       {"custom",
                                        {{"name", "attack"},
                                         {"version", "1"},
                                         {"hardwareIds", nlohmann::json::array({hardware_id})},
                                         {"targetFormat", "BINARY"},
                                         {"uri", nullptr},
                                         {"createdAt", date},
                                         {"updatedAt", date}}}};
  auto text = attackers.targets.sign(targets);
  if (!text)
    return tl::unexpected(std::move(text.error()));
  auto around = announce_list(*text, 1, made.expires, attackers);
  if (!around)
    return tl::unexpected(std::move(around.error()));
  made.targets_checksum = pki::sha256_hex(as_bytes(*text));
  made.targets = std::make_shared<const std::string>(std::move(*text));
  made.snapshot = std::make_shared<const std::string>(std::move(around->snapshot));
  made.timestamp = std::make_shared<const std::string>(std::move(around->timestamp));
  return made;
}

std::string replaced_content(std::string_view content) {
  std::string other(content.size(), '\0');
  std::transform(content.begin(), content.end(), other.begin(), [](char c) { return static_cast<char>(~c); });
  return other;
}

const shared_text& endless_list() {
  static const shared_text text = [] {
    std::string list = R"({"signatures":[],"signed":{"_type":"Targets","custom":{"correlationId":")";
    list.resize(chunk_bytes, 'x');
    const std::string more(chunk_bytes, 'x');
    std::string framed;
    framed.reserve(chunks * (chunk_bytes + 16));
    for (std::size_t at = 0; at < chunks; ++at)
      framed.append("10000\r\n").append(at == 0 ? list : more).append("\r\n");
    return std::make_shared<const std::string>(std::move(framed));
  }();
  return text;
}

} // namespace otafleet::stub
