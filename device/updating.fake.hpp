// A device that is provisioned and a backend whose metadata a test can bend: the common ground of the update tests.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "device/machine.hpp"
#include "device/scripted_backend.fake.hpp"
#include "device/virtual_run.fake.hpp"
#include "uptane/test_repository.hpp"

namespace otafleet::device {

/// A vehicle with one ECU that makes Ed25519 keys, because an RSA key takes 100 ms.
[[nodiscard]] settings test_settings();

/// Everything of one vehicle. `publish` after changing the repositories' plans.
struct updating_vehicle {
  explicit updating_vehicle(settings wanted = test_settings(), storage remembered = {});

  /// Powers on and runs until the first poll is over.
  void provision();
  /// Lists `filename` with `content` for the device at both repositories and serves it; the lists' versions grow by
  /// one.
  void assign(const std::string& filename, const std::string& content);
  /// The same for some of its ECUs, beside what is listed already.
  void also_assign(const std::string& filename, const std::string& content, const std::vector<std::size_t>& ecus);
  /// Serves the repositories as their plans are now.
  void publish();
  /// The serial of the primary (0) or a secondary.
  [[nodiscard]] const std::string& serial_of(std::size_t ecu) const;
  /// The body of the last manifest that went out; empty before the first.
  [[nodiscard]] std::string last_manifest() const;
  /// `METHOD path` of what went out from request `from` on, events aside: they run beside the rest.
  [[nodiscard]] std::vector<std::string> lines_without_events(std::size_t from) const;

  /// Waits for the next poll and runs it to its end.
  void poll_once();

  settings common;
  uptane::document_pool pool;
  uptane::plain_probe watch;
  uptane::testing::test_repository director{uptane::repository::director, pki::key_type::ed25519};
  uptane::testing::test_repository image{uptane::repository::image, pki::key_type::ed25519};
  scripted_backend backend;
  machine device;
  virtual_run run;
};

inline constexpr const char* test_correlation_id = "urn:here-ota:campaign:c0ffee00-0000-4000-8000-000000000001";

} // namespace otafleet::device
