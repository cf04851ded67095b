#include "actors/operator_api.hpp"

#include <cstring>

#include <nlohmann/json.hpp>

#include "device/dice.hpp"
#include "uptane/target.hpp"

namespace otafleet::actors {

namespace {

using json = nlohmann::json;

constexpr std::uint64_t max_answer_bytes = 8 * 1024 * 1024;

[[nodiscard]] net::request request_to(const operator_access& access, net::method verb, std::string_view account,
                                      std::string path) {
  net::request request;
  request.device = operators_index;
  request.verb = verb;
  request.url = access.url + std::move(path);
  if (!access.token.empty())
    request.headers.push_back("Authorization: Bearer " + access.token);
  if (!account.empty())
    request.headers.push_back("x-ats-namespace: " + std::string{account});
  request.user_agent = "otafleet-operator";
  request.max_reply_bytes = max_answer_bytes;
  request.low_speed_window = std::chrono::seconds::zero();
  return request;
}

[[nodiscard]] net::request json_request(const operator_access& access, net::method verb, std::string_view account,
                                        std::string path, const json& body) {
  auto request = request_to(access, verb, account, std::move(path));
  request.content_type = "application/json";
  request.body = body.dump();
  return request;
}

/// Percent-encodes a query or path value, slashes too.
[[nodiscard]] std::string escaped(std::string_view value) {
  auto text = uptane::url_encoded(value);
  for (std::size_t at = 0; (at = text.find('/', at)) != std::string::npos; at += 3)
    text.replace(at, 1, "%2F");
  return text;
}

/// Of the embedded backend's own API.
[[nodiscard]] std::string own_path(std::string_view account, std::string_view what) {
  return "/otafleet/v1/accounts/" + escaped(account) + "/" + std::string{what};
}

/// Reads with `read`, and turns everything that is not of the expected shape into one sentence.
template <class Read>
[[nodiscard]] auto reading(const net::reply& answer, std::string_view what, Read read)
    -> tl::expected<decltype(read(json{})), std::string> {
  try {
    return read(json::parse(answer.body));
  } catch (const json::exception& wrong) {
    return tl::unexpected("the backend's answer is not " + std::string{what} + ": " + wrong.what());
  }
}

[[nodiscard]] std::string text_or_empty(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

} // namespace

std::string make_image(std::uint64_t seed, std::string_view name, std::uint64_t size_bytes) {
  // The name takes part in the seed, so that no two images of a run are alike.
  std::uint64_t mixed = seed;
  for (const char c : name)
    mixed = mixed * 1'099'511'628'211u + static_cast<unsigned char>(c);
  device::dice bytes{{mixed, 0}, device::purpose::image_content};
  std::string content(size_bytes, '\0');
  for (std::size_t at = 0; at < content.size(); at += sizeof(std::uint64_t)) {
    const auto word = bytes.next();
    std::memcpy(content.data() + at, &word, std::min(sizeof word, content.size() - at));
  }
  return content;
}

net::request upload_request(const operator_access& access, std::string_view account, std::string_view filename,
                            const std::vector<std::string>& hardware_ids, std::string content) {
  std::string joined;
  for (const auto& id : hardware_ids)
    joined.append(joined.empty() ? "" : ",").append(id);
  auto path = "/api/v1/user_repo/targets/" + escaped(filename) + "?name=" + escaped(filename) + "&version=1";
  path += "&hardwareIds=" + escaped(joined) + "&targetFormat=BINARY";
  auto request = request_to(access, net::method::put, account, std::move(path));
  request.content_type = "application/octet-stream";
  request.body = std::move(content);
  return request;
}

net::request multi_target_update_request(const operator_access& access, std::string_view account,
                                         const std::vector<std::string>& hardware_ids, const image_facts& image) {
  const json to{{"target", image.filename},
                {"checksum", {{"method", "sha256"}, {"hash", image.sha256}}},
                {"targetLength", image.length},
                {"uri", nullptr}};
  json targets = json::object();
  for (const auto& id : hardware_ids)
    targets[id] = {{"from", nullptr}, {"to", to}};
  return json_request(access, net::method::post, account, "/api/v1/multi_target_updates", {{"targets", targets}});
}

net::request assignment_request(const operator_access& access, std::string_view account, std::string_view update_id,
                                std::string_view correlation_id, const std::vector<std::string>& device_ids) {
  return json_request(
      access, net::method::post, account, "/api/v1/assignments",
      {{"correlationId", correlation_id}, {"devices", device_ids}, {"mtuId", update_id}, {"dryRun", false}});
}

net::request rotation_request(const operator_access& access, std::string_view account, std::string_view repository,
                              const std::vector<std::string>& roles) {
  return json_request(access, net::method::post, account, own_path(account, "rotations"),
                      {{"repository", repository}, {"keys", roles}});
}

net::request attack_request(const operator_access& access, std::string_view account, std::string_view kind) {
  return json_request(access, net::method::put, account, own_path(account, "attack"),
                      {{"kind", kind.empty() ? json(nullptr) : json(kind)}});
}

net::request device_ca_request(const operator_access& access, std::string_view account, std::string certificate_pem) {
  auto request = request_to(access, net::method::post, account, own_path(account, "device-cas"));
  request.content_type = "application/x-pem-file";
  request.body = std::move(certificate_pem);
  return request;
}

net::request status_request(const operator_access& access) {
  return request_to(access, net::method::get, "", "/otafleet/v1/status");
}

net::request devices_request(const operator_access& access, std::string_view account, std::string_view after) {
  auto path = "/otafleet/v1/devices?account=" + escaped(account) + "&limit=1000";
  if (!after.empty())
    path += "&after=" + escaped(after);
  return request_to(access, net::method::get, account, std::move(path));
}

std::string complaint(std::string_view what, const net::reply& answer) {
  if (answer.why != net::failure::none)
    return std::string{what} + " failed: " + net::to_string(answer.why) + " (" + answer.detail + ")";
  if (answer.status >= 200 && answer.status < 300)
    return {};
  std::string words;
  if (const auto body = json::parse(answer.body, nullptr, false); body.is_object())
    words = text_or_empty(body, "code") + ": " + text_or_empty(body, "description");
  else
    words = answer.body.substr(0, 200);
  return std::string{what} + " was refused with status " + std::to_string(answer.status) + " (" + words + ")";
}

tl::expected<std::string, std::string> read_id(const net::reply& answer) {
  return reading(answer, "an id", [](const json& body) { return body.get<std::string>(); });
}

tl::expected<std::vector<std::string>, std::string> read_ids(const net::reply& answer) {
  return reading(answer, "a list of ids", [](const json& body) { return body.get<std::vector<std::string>>(); });
}

tl::expected<backend_status, std::string> read_status(const net::reply& answer) {
  return reading(answer, "a status", [](const json& body) {
    backend_status status;
    status.requests_checked = body.at("identity").at("requests_checked").get<std::uint64_t>();
    status.mismatches = body.at("identity").at("mismatches").get<std::uint64_t>();
    status.manifests_accepted = body.at("manifests").at("accepted").get<std::uint64_t>();
    status.manifests_refused = body.at("manifests").at("refused").get<std::uint64_t>();
    status.cpu_seconds = body.at("cpu_seconds").get<double>();
    status.peak_rss_bytes = body.at("peak_rss_bytes").get<std::uint64_t>();
    const auto attacks = body.value("attacks", json::object());
    for (const auto& [account, kinds] : attacks.items()) {
      for (const auto& [kind, counted] : kinds.items())
        status.attacks[account][kind] = {counted.at("served").get<std::uint64_t>(),
                                         counted.at("devices").get<std::uint64_t>(),
                                         counted.at("accepted").get<std::uint64_t>()};
    }
    return status;
  });
}

tl::expected<backend_page, std::string> read_devices(const net::reply& answer) {
  return reading(answer, "a page of devices", [](const json& body) {
    backend_page page;
    for (const auto& value : body.at("values")) {
      backend_device device;
      device.device_id = value.at("device_id").get<std::string>();
      device.registered = value.at("registered").get<bool>();
      device.assignment = text_or_empty(value, "assignment");
      for (const auto& ecu : value.at("ecus")) {
        if (ecu.at("primary").get<bool>()) {
          device.filepath = text_or_empty(ecu, "filepath");
          device.sha256 = text_or_empty(ecu, "sha256");
        }
      }
      page.devices.push_back(std::move(device));
    }
    page.next = text_or_empty(body, "next");
    return page;
  });
}

} // namespace otafleet::actors
