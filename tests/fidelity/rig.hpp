// A device on its state directory, the backend of the trace, and the comparison of the two ways through a scene.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/settings.hpp"
#include "expectation.hpp"
#include "gateway.hpp"
#include "metadata.hpp"
#include "net/engine.hpp"
#include "pki/certificate.hpp"
#include "scene.hpp"

namespace otafleet::fidelity {

/// As the trace's device was set up for sections A and E; one device from its first start on.
[[nodiscard]] device::settings settings_of_the_trace(const gateway& backend);

class rig {
public:
  /// Makes an empty state directory, and a backend that assigns nothing.
  rig();
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;
  ~rig();

  /// Runs the device once and compares what arrived with the scene: every difference fails the running test.
  void play(std::string_view scene_id);

  /// The ECU's serial as it was registered.
  [[nodiscard]] std::string serial(int ecu) const { return serials_.at(static_cast<std::size_t>(ecu)); }
  [[nodiscard]] const std::filesystem::path& state_directory() const noexcept { return directory_; }

  gateway backend;
  metadata served;
  /// What is served instead of an image, by path, until the next scene.
  std::map<std::string, std::string> spoiled_images;
  device::settings settings;
  std::optional<pki::credential> shared;
  std::optional<pki::credential> imported;
  expectation expected;

private:
  void run_device();
  void compare(const scene& what, const recording& got);
  void compare_request(const scene& what, const expected_request& wanted, const net::test_request& got);
  void compare_connections(const scene& what, const std::vector<net::test_request>& got, const recording& all);
  void compare_events(const scene& what, const std::vector<net::test_request>& posts);
  void take_registration(const std::string& body);

  std::filesystem::path directory_;
  net::engine engine_{net::engine_options{}};
  std::map<std::string, pki::public_key> keys_;
  std::vector<std::string> serials_;
};

} // namespace otafleet::fidelity
