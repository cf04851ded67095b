#include "server-stub/peculiarities.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "server-stub/json_input.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

using namespace std::chrono_literals;

constexpr std::array all{
    peculiarities{
        .name = "here",
        .base_path = "",
        .errors = error_form::object,
        .admission = admission_rule::any_certificate,
        .provisions = true,
        .taken_id_status = 409,
        .device_key = pki::key_type::ec_p256,
        .device_days = 0,
        .issue_time = 0s,
        .registered_status = 201,
        .replaces_ecus = true,
        .strict_manifests = false,
        .reports =
            {.hardware = 200, .hardware_by_post = 0, .network = 204, .config = 204, .packages = 204, .events = 204},
        .separate_registry = false,
        .reads_config = false,
        .missing_root_status = 404,
        .serves_images = true,
        .directs_by_uri = false,
        .campaigns = campaign_form::with_auto_accept,
        .metadata_key = pki::key_type::ed25519},
    peculiarities{
        .name = "ota-ce",
        .base_path = "",
        .errors = error_form::object_or_text,
        .admission = admission_rule::uuid,
        .provisions = false,
        .taken_id_status = 409,
        .device_key = pki::key_type::ec_p256,
        .device_days = 0,
        .issue_time = 0s,
        .registered_status = 201,
        .replaces_ecus = true,
        .strict_manifests = false,
        .reports =
            {.hardware = 200, .hardware_by_post = 201, .network = 204, .config = 204, .packages = 204, .events = 204},
        .separate_registry = true,
        .reads_config = true,
        .missing_root_status = 424,
        .serves_images = true,
        .directs_by_uri = false,
        .campaigns = campaign_form::with_device_id,
        .metadata_key = pki::key_type::ed25519},
    peculiarities{
        .name = "airbotics",
        .base_path = "/api/v0/robot",
        .errors = error_form::list,
        .admission = admission_rule::provisioned,
        .provisions = true,
        .taken_id_status = 400,
        .device_key = pki::key_type::rsa_2048,
        .device_days = 5 * 365,
        .issue_time = 5s,
        .registered_status = 200,
        .replaces_ecus = false,
        .strict_manifests = true,
        .reports =
            {.hardware = 200, .hardware_by_post = 0, .network = 200, .config = 200, .packages = 200, .events = 200},
        .separate_registry = false,
        .reads_config = false,
        .missing_root_status = 404,
        .serves_images = false,
        .directs_by_uri = true,
        .campaigns = campaign_form::none,
        .metadata_key = pki::key_type::rsa_2048},
};

/// Codes that Airbotics sends as codes, because aktualizr or its tools look at them.
constexpr std::array<std::string_view, 3> codes_of_a_list_form{"device_already_registered", "role_checksum_mismatch",
                                                               "invalid_signature"};

answer plain_text(unsigned status, std::string text) {
  auto result = answer::json(status, std::move(text));
  result.content_type = "text/plain; charset=UTF-8";
  return result;
}

} // namespace

std::optional<backend_like> backend_like_from(std::string_view name) noexcept {
  for (std::size_t at = 0; at < all.size(); ++at)
    if (all[at].name == name)
      return static_cast<backend_like>(at);
  return std::nullopt;
}

const peculiarities& peculiarities_of(backend_like like) noexcept {
  return all[static_cast<std::size_t>(like)];
}

answer to_answer(const refusal& why, error_form form) {
  if (form != error_form::list)
    return to_answer(why);
  if (std::find(codes_of_a_list_form.begin(), codes_of_a_list_form.end(), why.code) != codes_of_a_list_form.end())
    return answer::json(why.status, compact({{"code", why.code}}));
  if (why.description.empty())
    return answer::empty(why.status);
  return answer::json(why.status, compact({{"errors", nlohmann::json::array({why.description})}}));
}

answer no_such_route(unsigned status, std::string_view allow, error_form form) {
  const bool wrong_verb = status == 405;
  answer result;
  if (form == error_form::object_or_text)
    result = plain_text(status, wrong_verb ? "HTTP method not allowed, supported methods: " + std::string{allow}
                                           : std::string{"The requested resource could not be found."});
  else
    result = to_answer(wrong_verb ? refusal{405, "method_not_allowed", "this path does not take this method"}
                                  : refusal{status, "missing_entity", "there is no such path"},
                       form);
  if (wrong_verb)
    result.headers.emplace_back("Allow", allow);
  return result;
}

unsigned status_of_report(const report_statuses& statuses, endpoint which, verb method) noexcept {
  switch (which) {
  case endpoint::network_info:
    return statuses.network;
  case endpoint::config:
    return statuses.config;
  case endpoint::packages:
    return statuses.packages;
  case endpoint::events:
    return statuses.events;
  default:
    return method == verb::post ? statuses.hardware_by_post : statuses.hardware;
  }
}

bool is_of_one_device(endpoint which) noexcept {
  switch (which) {
  case endpoint::ecus:
  case endpoint::manifest:
  case endpoint::director_root:
  case endpoint::director_targets:
  case endpoint::director_snapshot:
  case endpoint::director_timestamp:
  case endpoint::system_info:
  case endpoint::network_info:
  case endpoint::packages:
  case endpoint::config:
  case endpoint::events:
  case endpoint::campaigns:
    return true;
  default:
    return false;
  }
}

std::optional<std::string> path_below(std::string_view base_path, std::string_view path) {
  constexpr std::string_view files = "/repo/targets/";
  std::string together;
  together.reserve(path.size());
  while (!path.empty()) {
    together.push_back(path.front());
    if (together.size() == base_path.size() + files.size() && together.ends_with(files)) {
      together.append(path.substr(1)); // a slash that follows belongs to the name
      break;
    }
    path.remove_prefix(path.front() == '/' ? std::min(path.find_first_not_of('/'), path.size()) : 1);
  }
  if (!together.starts_with(base_path))
    return std::nullopt;
  together.erase(0, base_path.size());
  if (!together.starts_with('/'))
    return std::nullopt;
  return together;
}

} // namespace otafleet::stub
