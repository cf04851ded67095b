// A device that is provisioned and a backend whose metadata a test can bend: the common ground of the update tests.
#pragma once

#include <string>

#include "device/machine.hpp"
#include "device/scripted_backend.fake.hpp"
#include "device/virtual_run.fake.hpp"
#include "uptane/test_repository.hpp"

namespace otafleet::device {

/// Everything of one vehicle with one ECU. `publish` after changing the repositories' plans.
struct updating_vehicle {
  updating_vehicle();

  /// Powers on and runs until the first poll is over.
  void provision();
  /// Lists `filename` with `content` for the device at both repositories and serves it; the lists' versions grow by
  /// one.
  void assign(const std::string& filename, const std::string& content);
  /// Serves the repositories as their plans are now.
  void publish();
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
