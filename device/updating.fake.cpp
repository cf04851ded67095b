#include "device/updating.fake.hpp"

#include <utility>

#include "pki/digest.hpp"

namespace otafleet::device {

settings test_settings() {
  settings common;
  common.gateway_url = "https://gateway.test";
  common.primary.hardware_id = "gw-imx8";
  common.primary.uptane_key = pki::key_type::ed25519;
  common.device_id_prefix = "pilot";
  return common;
}

updating_vehicle::updating_vehicle(settings wanted, storage remembered)
    : common(std::move(wanted)), device(common, {7, 17}, pool, watch, std::move(remembered)),
      run(
          device, [this](const send_request& r) { return backend(r); },
          uptane::utc_time::from_unix_seconds(1'800'000'000)) {
  publish();
}

void updating_vehicle::provision() {
  run.power_on();
  run.run_until([&] { return run.count(milestone::polled) != 0; }, std::chrono::seconds{60});
}

void updating_vehicle::assign(const std::string& filename, const std::string& content) {
  director.targets.list.clear();
  also_assign(filename, content, {0});
}

void updating_vehicle::also_assign(const std::string& filename, const std::string& content,
                                   const std::vector<std::size_t>& ecus) {
  uptane::target both;
  both.filename = filename;
  both.length = content.size();
  both.hashes.sha256 = pki::sha256_hex(as_bytes(content));
  auto for_director = both;
  auto for_image = both;
  for (const auto ecu : ecus) {
    const auto& hardware_id = ecu == 0 ? common.primary.hardware_id : common.secondaries[ecu - 1].hardware_id;
    for_director.ecus.emplace(serial_of(ecu), hardware_id);
    for_image.hardware_ids.push_back(hardware_id);
  }
  director.targets.list.push_back(for_director);
  director.targets.correlation_id = test_correlation_id;
  ++director.targets.version;
  image.targets.list.push_back(for_image);
  ++image.targets.version;
  ++image.snapshot.version;
  ++image.timestamp.version;
  backend.images[uptane::url_encoded(filename)] = content;
  publish();
}

const std::string& updating_vehicle::serial_of(std::size_t ecu) const {
  const auto& memory = device.remembered();
  return ecu == 0 ? memory.primary.serial : memory.secondaries[ecu - 1].serial;
}

std::string updating_vehicle::last_manifest() const {
  for (auto one = run.requests().rbegin(); one != run.requests().rend(); ++one)
    if (one->what.to == endpoint::manifest)
      return one->what.body;
  return {};
}

std::vector<std::string> updating_vehicle::lines_without_events(std::size_t from) const {
  auto all = run.lines(from);
  std::erase(all, "POST /events");
  return all;
}

void updating_vehicle::publish() {
  auto& served = backend.documents;
  served["/director/" + std::to_string(director.root.version) + ".root.json"] = director.root_text();
  served["/director/targets.json"] = director.targets_text();
  served["/repo/" + std::to_string(image.root.version) + ".root.json"] = image.root_text();
  served["/director/snapshot.json"] = director.snapshot_text();
  served["/director/timestamp.json"] = director.timestamp_text();
  served["/repo/targets.json"] = image.targets_text();
  for (const auto& [name, plan] : image.delegated)
    served["/repo/delegations/" + uptane::url_encoded(name) + ".json"] = image.delegation_text(name);
  served["/repo/snapshot.json"] = image.snapshot_text();
  served["/repo/timestamp.json"] = image.timestamp_text();
}

void updating_vehicle::poll_once() {
  run.run_for(common.polling_interval);
  run.run_until([&] { return device.state() == life_state::idle; }, std::chrono::minutes{2});
}

} // namespace otafleet::device
