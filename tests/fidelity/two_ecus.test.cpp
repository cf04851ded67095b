// Section D: a primary and a virtual secondary through updates, failures, a reboot and a root rotation.
#include <filesystem>

#include <gtest/gtest.h>

#include "pki/digest.hpp"
#include "rig.hpp"

namespace otafleet::fidelity {
namespace {

constexpr std::size_t image_size = 5000;
// In UTF-8: `dir a/fw+1 é.bin`.
constexpr auto odd_name = "dir a/fw+1 \xC3\xA9.bin";

std::string campaign(int number) {
  return "urn:here-ota:campaign:c0ffee00-0000-4000-8000-00000000000" + std::to_string(number);
}

class trace_d : public testing::Test {
protected:
  trace_d() {
    trace.settings.provisioning = device::provisioning_mode::device_credentials;
    trace.imported = trace.backend.credential_for("demo-device-0001");
    trace.settings.primary.serial = "primary-0001";
    device::ecu_settings secondary;
    secondary.hardware_id = "demo-vsec";
    secondary.uptane_key = pki::key_type::rsa_2048;
    trace.settings.secondaries = {secondary};
  }

  assignment image_for(const std::string& filename, const std::string& ecu, const std::string& hardware_id) {
    auto content = image_content(filename, image_size);
    trace.expected.bind("sha256:" + filename, pki::sha256_hex(as_bytes(content)));
    return {filename, std::move(content), ecu, hardware_id};
  }

  rig trace;
};

TEST_F(trace_d, two_ecus_failures_reboot_and_root_rotation) {
  trace.play("D1");
  ASSERT_FALSE(HasFatalFailure());

  trace.served.assign(
      {image_for(odd_name, "primary-0001", "demo-hw"), image_for("vfw.bin", trace.serial(1), "demo-vsec")},
      campaign(1));
  trace.play("D2");

  const auto second = image_for("fw2.bin", "primary-0001", "demo-hw");
  trace.served.assign({second}, campaign(2));
  trace.spoiled_images = {{"/repo/targets/fw2.bin", image_content("another file", image_size)}};
  trace.play("D3");
  trace.play("D4"); // the scene's statuses say 404
  trace.play("D5"); // and 503, 500 and a connection that is closed

  trace.served.assign({image_for("fw3.bin", "primary-0001", "demo-hw")}, campaign(3));
  trace.settings.reboots = true;
  trace.play("D6");
  trace.play("D7");
  ASSERT_TRUE(std::filesystem::remove(trace.state_directory() / "need_reboot"));
  trace.play("D8");

  trace.served.assign({image_for("fw3.bin", "no-such-ecu", "demo-hw")}, campaign(4));
  trace.play("D9");

  trace.served.rotate_root_and_assign_nothing();
  trace.play("D10");
}

} // namespace
} // namespace otafleet::fidelity
