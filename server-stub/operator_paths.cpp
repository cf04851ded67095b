#include "server-stub/operator_paths.hpp"

#include <array>

#include "server-stub/delegations.hpp"
#include "server-stub/image_store.hpp"
#include "server-stub/treehub_routes.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

struct known_path {
  std::string_view path;
  /// Something must follow `path`.
  bool is_prefix;
  verb method;
  endpoint which;
  std::uint64_t max_body_bytes;
};

// In the order in which they are tried.
constexpr std::array known_paths{
    known_path{"/api/v1/user_repo/targets/", true, verb::put, endpoint::upload, max_image_bytes},
    known_path{"/api/v1/user_repo/targets/", true, verb::post, endpoint::upload, 64 * kib},
    known_path{"/api/v1/user_repo/targets/", true, verb::get, endpoint::image_download, 0},
    known_path{"/api/v1/user_repo/targets/", true, verb::erase, endpoint::deletion, mib},
    known_path{"/api/v1/user_repo/uploads/", true, verb::put, endpoint::upload, max_image_bytes},
    known_path{"/api/v1/user_repo/trusted-delegations", false, verb::put, endpoint::delegation, mib},
    known_path{"/api/v1/user_repo/trusted-delegations", false, verb::get, endpoint::delegation, 0},
    known_path{"/api/v1/user_repo/trusted-delegations/keys", false, verb::put, endpoint::delegation, mib},
    known_path{"/api/v1/user_repo/trusted-delegations/keys", false, verb::get, endpoint::delegation, 0},
    known_path{"/api/v1/user_repo/delegations/", true, verb::put, endpoint::delegation, max_delegated_document},
    known_path{"/api/v1/user_repo/delegations/", true, verb::get, endpoint::delegation, 0},
    known_path{"/api/v1/user_repo/", true, verb::get, endpoint::image_targets, 0},
    known_path{"/api/v1/multi_target_updates", false, verb::post, endpoint::update, mib},
    known_path{"/api/v1/assignments", false, verb::post, endpoint::assignment, 16 * mib},
    known_path{"/api/v1/assignments/", true, verb::get, endpoint::assignment, 0},
    known_path{"/api/v1/devices", false, verb::get, endpoint::devices, 0},
    known_path{"/api/v1/devices", false, verb::put, endpoint::devices, 64 * kib},
    known_path{"/api/v1/devices", false, verb::post, endpoint::devices, 64 * kib},
    known_path{"/api/v1/devices/", true, verb::erase, endpoint::deletion, mib},
    known_path{"/api/v1/admin/devices/", true, verb::get, endpoint::devices, 0},
    known_path{"/api/v1/admin/devices/", true, verb::erase, endpoint::deletion, mib},
    known_path{"/otafleet/v1/status", false, verb::get, endpoint::status, 0},
    known_path{"/otafleet/v1/devices", false, verb::get, endpoint::devices, 0},
    known_path{"/otafleet/v1/accounts/", true, verb::get, endpoint::credentials, 0},
    known_path{"/otafleet/v1/accounts/", true, verb::post, endpoint::credentials, 16 * mib},
    known_path{"/otafleet/v1/audit", false, verb::get, endpoint::audit, 0},
    known_path{"/metrics", false, verb::get, endpoint::metrics, 0},
};

bool takes(verb wanted, verb method) noexcept {
  return method == wanted || (wanted == verb::get && method == verb::head);
}

std::string_view allow(verb wanted) noexcept {
  return wanted == verb::get ? "GET, HEAD" : wanted == verb::put ? "PUT, POST, GET, HEAD" : "POST";
}

} // namespace

operator_path operator_path_of(verb method, std::string_view path) noexcept {
  if (const auto below = treehub_below(path))
    if (const auto known = treehub_path_of(method, *below, true); known.exists)
      return {endpoint::treehub, known.is_allowed, known.allow, known.max_body_bytes};
  if (const auto below = after(path, "/otafleet/v1/accounts/")) {
    if (below->ends_with("/attack"))
      return {endpoint::attack, method == verb::put, "PUT", 4 * kib};
    if (below->ends_with("/rotations"))
      return {endpoint::rotation, method == verb::post, "POST", 4 * kib};
  }
  operator_path result;
  for (const auto& known : known_paths) {
    if (known.is_prefix ? !after(path, known.path) : path != known.path)
      continue;
    if (takes(known.method, method))
      return {known.which, true, {}, known.max_body_bytes};
    // What is only there to be refused is not offered.
    if (result.which == endpoint::unknown && known.method != verb::erase)
      result = {known.which, false, allow(known.method), 0};
  }
  return result;
}

} // namespace otafleet::stub
