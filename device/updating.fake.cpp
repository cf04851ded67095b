#include "device/updating.fake.hpp"

#include "pki/digest.hpp"

namespace otafleet::device {

namespace {

[[nodiscard]] settings test_settings() {
  settings common;
  common.gateway_url = "https://gateway.test";
  common.hardware_id = "gw-imx8";
  common.uptane_key = pki::key_type::ed25519;
  common.device_id_prefix = "pilot";
  return common;
}

} // namespace

updating_vehicle::updating_vehicle()
    : common(test_settings()), device(common, {7, 17}, pool, watch),
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
  uptane::target both;
  both.filename = filename;
  both.length = content.size();
  both.hashes.sha256 = pki::sha256_hex(as_bytes(content));
  auto for_director = both;
  for_director.ecus = {{device.ecu_serial(), common.hardware_id}};
  auto for_image = both;
  for_image.hardware_ids = {common.hardware_id};
  director.targets.list = {for_director};
  director.targets.correlation_id = test_correlation_id;
  ++director.targets.version;
  image.targets.list.push_back(for_image);
  ++image.targets.version;
  ++image.snapshot.version;
  ++image.timestamp.version;
  backend.images[filename] = content;
  publish();
}

void updating_vehicle::publish() {
  auto& served = backend.documents;
  served["/director/" + std::to_string(director.root.version) + ".root.json"] = director.root_text();
  served["/director/targets.json"] = director.targets_text();
  served["/repo/" + std::to_string(image.root.version) + ".root.json"] = image.root_text();
  served["/repo/targets.json"] = image.targets_text();
  served["/repo/snapshot.json"] = image.snapshot_text();
  served["/repo/timestamp.json"] = image.timestamp_text();
}

void updating_vehicle::poll_once() {
  run.run_for(common.polling_interval);
  run.run_until([&] { return device.state() == life_state::idle; }, std::chrono::minutes{2});
}

} // namespace otafleet::device
