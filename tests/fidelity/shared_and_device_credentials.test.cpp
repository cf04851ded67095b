// Sections A and B: one ECU, from the first start to the report of its first update.
#include <gtest/gtest.h>

#include "pki/digest.hpp"
#include "rig.hpp"

namespace otafleet::fidelity {
namespace {

constexpr auto campaign = "urn:here-ota:campaign:c0ffee00-0000-4000-8000-000000000001";

/// The update of both sections: 200,000 bytes for the primary.
void assign_fw_1(rig& trace) {
  const auto image = image_content("fw-1.0.bin", 200'000);
  trace.expected.bind("sha256:fw-1.0.bin", pki::sha256_hex(as_bytes(image)));
  trace.served.assign({{"fw-1.0.bin", image, trace.serial(0), "demo-hw"}}, campaign);
}

TEST(trace_a, shared_credentials) {
  rig trace;
  trace.shared = trace.backend.shared_credential();
  trace.play("A1");
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  trace.play("A2");
  assign_fw_1(trace);
  trace.play("A3");
  trace.play("A4");
}

TEST(trace_b, device_credentials) {
  rig trace;
  trace.settings.provisioning = device::provisioning_mode::device_credentials;
  trace.imported = trace.backend.credential_for("demo-device-0001");
  trace.play("B1");
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  trace.play("B2");
  assign_fw_1(trace);
  trace.play("B3");
  trace.play("B4");
}

} // namespace
} // namespace otafleet::fidelity
