#include "actors/ground_truth.hpp"

#include <set>

namespace otafleet::actors {

namespace {

/// What a device reports before its first update (protocol.md section 6).
constexpr std::string_view no_image = "unknown";

[[nodiscard]] std::string image_words(const std::string& filename) {
  return filename.empty() ? "no image" : "image " + filename;
}

} // namespace

std::vector<telemetry::discrepancy> compare(const std::vector<const device_record*>& records,
                                            const backend_view& backend, bool has_others) {
  std::vector<telemetry::discrepancy> found;
  std::set<std::string> played;
  for (const auto* record : records) {
    if (!record->device_id.empty())
      played.insert(record->device_id);
    if (record->cut_off || !record->provisioned)
      continue;
    const auto known = backend.find(record->device_id);
    if (known == backend.end() || !known->second.registered) {
      found.push_back({record->device_id, "is provisioned, but the backend has no ECU registered for it"});
      continue;
    }
    const auto& believed = known->second;
    const auto believed_filename = believed.filepath == no_image ? std::string{} : believed.filepath;
    if (believed_filename != record->reported_filename)
      found.push_back({record->device_id, "has reported " + image_words(record->reported_filename) +
                                              ", the backend believes it runs " + image_words(believed_filename)});
    else if (!believed_filename.empty() && believed.sha256 != record->reported_sha256)
      found.push_back(
          {record->device_id, "runs " + believed_filename + " with another SHA-256 than the backend believes"});
  }
  if (has_others)
    return found;
  for (const auto& [id, device] : backend) {
    if (device.registered && !played.contains(id))
      found.push_back({id, "is registered at the backend, but no device of this run has that id"});
  }
  return found;
}

} // namespace otafleet::actors
