// What devices send to the Director: ECU registrations and manifests. The first byte chooses.
#include <array>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "server-stub/ecu_registration.hpp"
#include "server-stub/json_input.hpp"
#include "server-stub/manifest_check.hpp"
#include "server-stub/vehicle.test.hpp"
#include "tests/fuzz/input.hpp"

namespace otafleet::fuzz {
namespace {

using nlohmann::json;

const stub::testing::test_vehicle& vehicle() {
  static const stub::testing::test_vehicle made{
      {{"primary-1", "gw", fixed_key(1)}, {"secondary-1", "sec", fixed_key(2)}}, 0};
  return made;
}

const stub::ecu_set& registered() {
  static const auto made = stub::read_registration(vehicle().registration()).value();
  return made;
}

/// `text` with every signature made anew where a key is known for it, so that altered content gets past them.
std::string sealed(std::string_view text) {
  auto document = stub::parse_json(text);
  if (!document || !document->is_object() || !document->contains("signed"))
    return std::string{text};
  auto& content = (*document)["signed"];
  if (content.is_object() && content.contains("ecu_version_manifests") && content["ecu_version_manifests"].is_object())
    for (auto& [serial, report] : content["ecu_version_manifests"].items())
      for (const auto& ecu : vehicle().ecus)
        if (serial == ecu.serial && report.is_object() && report.contains("signed"))
          report = ecu.sign(json(report["signed"]));
  return vehicle().ecus.front().sign(content).dump(-1, ' ', true, json::error_handler_t::replace);
}

void check_manifest(std::string_view text) {
  const auto read = stub::check_manifest(text, registered());
  if (!read) {
    must(!read.error().code.empty(), "a refusal has a code");
    return;
  }
  for (const auto& report : read->reports)
    must(report.ecu < registered().ecus.size(), "reports are of registered ECUs");
}

void check_registration(std::string_view text) {
  const auto read = stub::read_registration(text);
  if (!read)
    return;
  must(!read->ecus.empty() && read->ecus.size() <= stub::max_ecus_per_device, "there are 1 to 64 ECUs");
  if (const auto replaced = stub::replace_ecus(registered(), *read)) {
    must(replaced->removed_serials.size() <= stub::max_removed_serials, "removed serials are bounded");
    static_cast<void>(stub::replace_ecus(*replaced, registered()));
  }
}

} // namespace
} // namespace otafleet::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otafleet;
  auto rest = fuzz::input(data, size);
  const auto choice = fuzz::take_choice(rest) % 3;
  const auto text = as_text(rest);
  if (choice == 0)
    fuzz::check_registration(text);
  else
    fuzz::check_manifest(choice == 1 ? std::string{text} : fuzz::sealed(text));
  return 0;
}
