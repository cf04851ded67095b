#include "server-stub/manifest_check.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/encoding.hpp"
#include "server-stub/json_input.hpp"
#include "uptane/canonical.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

constexpr std::size_t max_signatures = 16;
constexpr std::size_t max_filepath = 254;

tl::unexpected<refusal> invalid(std::string reason) {
  return tl::unexpected(refusal{400, "signature_not_valid", std::move(reason)});
}

bool names_method_of(pki::key_type type, std::string_view method) {
  if (type == pki::key_type::ed25519)
    return method == "ed25519";
  return method == "rsassa-pss" || method == "rsassa-pss-sha256";
}

/// As ota-lith does, any signature of the document may be the one, whatever key id it gives.
bool is_signed_with(const json& document, const json& signed_part, const pki::public_key& key) {
  const auto* signatures = member(document, "signatures");
  if (signatures == nullptr || !signatures->is_array() || signatures->size() > max_signatures)
    return false;
  const auto message = uptane::canonical_json(signed_part.dump());
  if (!message)
    return false;
  return std::any_of(signatures->begin(), signatures->end(), [&](const json& one) {
    const auto* method = text_member(one, "method");
    const auto* text = text_member(one, "sig");
    if (method == nullptr || text == nullptr || text_member(one, "keyid") == nullptr ||
        !names_method_of(key.type(), *method))
      return false;
    const auto value = pki::from_base64(*text);
    return value && key.verify(as_bytes(*message), *value);
  });
}

std::optional<image_fact> read_image(const json& report) {
  const auto* image = member(report, "installed_image");
  const auto* info = image == nullptr ? nullptr : member(*image, "fileinfo");
  const auto* hashes = info == nullptr ? nullptr : member(*info, "hashes");
  const auto* path = image == nullptr ? nullptr : text_member(*image, "filepath");
  const auto* sha256 = hashes == nullptr ? nullptr : text_member(*hashes, "sha256");
  const auto length = info == nullptr ? std::nullopt : count_member(*info, "length");
  if (path == nullptr || path->empty() || path->size() > max_filepath || sha256 == nullptr || !length)
    return std::nullopt;
  const auto digest = pki::from_hex(*sha256);
  image_fact fact;
  if (!digest || digest->size() != fact.sha256.size())
    return std::nullopt;
  fact.filepath = *path;
  std::copy(digest->begin(), digest->end(), fact.sha256.begin());
  fact.length = *length;
  return fact;
}

std::optional<std::uint64_t> read_counter(const std::string& text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

/// Reads the optional `installation_report`; false when it is there but misshapen.
bool read_installation_report(const json& vehicle, manifest_content& content) {
  const auto* wrapper = member(vehicle, "installation_report");
  if (wrapper == nullptr || wrapper->is_null())
    return true;
  const auto* report = member(*wrapper, "report");
  const auto* result = report == nullptr ? nullptr : member(*report, "result");
  const auto* success = result == nullptr ? nullptr : member(*result, "success");
  if (success == nullptr || !success->is_boolean())
    return false;
  content.failed = !success->get<bool>();
  if (const auto* id = text_member(*report, "correlation_id"))
    content.correlation_id = *id;
  return true;
}

/// One entry of `ecu_version_manifests`; the reason why it is refused otherwise.
tl::expected<void, refusal> read_report(const std::string& serial, const json& entry, const ecu_set& registered,
                                        manifest_content& content) {
  const auto at = registered.find(serial);
  if (at == registered.ecus.size())
    return invalid("the ECU " + serial + " is not registered for this device");
  const auto* report = member(entry, "signed");
  if (report == nullptr || !is_signed_with(entry, *report, registered.ecus[at].key))
    return invalid("the report of ECU " + serial + " is not signed with its registered key");
  const auto* own_serial = text_member(*report, "ecu_serial");
  if (own_serial == nullptr || *own_serial != serial)
    return invalid("the report listed for ECU " + serial + " is of another one");
  auto image = read_image(*report);
  if (!image)
    return invalid("the report of ECU " + serial + " has no installed_image");
  if (const auto* counter = text_member(*report, "report_counter"); counter != nullptr && at == 0) {
    content.report_counter = read_counter(*counter);
    if (!content.report_counter)
      return invalid("the report_counter of the primary is not a decimal number");
  }
  content.reports.push_back({at, std::move(*image)});
  return {};
}

} // namespace

tl::expected<manifest_content, refusal> check_manifest(std::string_view body, const ecu_set& registered) {
  const auto document = parse_json(body);
  if (!document)
    return tl::unexpected(refusal{400, "invalid_entity", "the body is not JSON"});
  const auto* vehicle = member(*document, "signed");
  if (vehicle == nullptr || !is_signed_with(*document, *vehicle, registered.ecus.front().key))
    return invalid("the manifest is not signed with the key of the registered primary ECU");
  const auto* primary = text_member(*vehicle, "primary_ecu_serial");
  const auto* reports = member(*vehicle, "ecu_version_manifests");
  if (primary == nullptr || reports == nullptr || !reports->is_object() || reports->empty())
    return invalid("a manifest has primary_ecu_serial and ecu_version_manifests");
  if (*primary != registered.ecus.front().serial)
    return tl::unexpected(refusal{400, "ecu_not_primary", "the ECU " + *primary + " is not this device's primary"});

  manifest_content content;
  for (const auto& [serial, entry] : reports->items())
    if (auto read = read_report(serial, entry, registered, content); !read)
      return tl::unexpected(std::move(read.error()));
  if (!read_installation_report(*vehicle, content))
    return invalid("the installation_report has no result");
  return content;
}

} // namespace otafleet::stub
