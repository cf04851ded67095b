#include "server-stub/gateway_paths.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "server-stub/treehub_routes.hpp"
#include "server-stub/url.hpp"

namespace otafleet::stub {

namespace {

constexpr std::uint64_t kib = 1024;

struct fixed_path {
  std::string_view path;
  verb method;
  endpoint which;
  std::uint64_t max_body_bytes;
};

constexpr std::array fixed_paths{
    fixed_path{"/devices", verb::post, endpoint::provision, 4 * kib},
    fixed_path{"/director/ecus", verb::post, endpoint::ecus, 256 * kib},
    fixed_path{"/director/manifest", verb::put, endpoint::manifest, 1024 * kib},
    fixed_path{"/director/targets.json", verb::get, endpoint::director_targets, 0},
    fixed_path{"/director/timestamp.json", verb::get, endpoint::director_timestamp, 0},
    fixed_path{"/director/snapshot.json", verb::get, endpoint::director_snapshot, 0},
    fixed_path{"/repo/timestamp.json", verb::get, endpoint::image_timestamp, 0},
    fixed_path{"/repo/snapshot.json", verb::get, endpoint::image_snapshot, 0},
    fixed_path{"/repo/targets.json", verb::get, endpoint::image_targets, 0},
    fixed_path{"/system_info", verb::put, endpoint::system_info, 1024 * kib},
    fixed_path{"/system_info/network", verb::put, endpoint::network_info, 4 * kib},
    fixed_path{"/system_info/config", verb::post, endpoint::config, 256 * kib},
    fixed_path{"/core/installed", verb::put, endpoint::packages, 1024 * kib},
    fixed_path{"/events", verb::post, endpoint::events, 1024 * kib},
    fixed_path{"/campaigner/campaigns", verb::get, endpoint::campaigns, 0},
};

bool takes(verb wanted, verb method) noexcept {
  return method == wanted || (wanted == verb::get && method == verb::head);
}

std::string_view allow(verb wanted) noexcept {
  return wanted == verb::get ? "GET, HEAD" : wanted == verb::put ? "PUT" : "POST";
}

bool has(const peculiarities& like, endpoint which) noexcept {
  switch (which) {
  case endpoint::provision:
    return like.provisions;
  case endpoint::campaigns:
    return like.campaigns != campaign_form::none;
  case endpoint::image_download:
    return like.serves_images;
  default:
    return true;
  }
}

} // namespace

std::optional<std::int64_t> root_version_of(std::string_view name) noexcept {
  if (name == "root.json")
    return 0;
  constexpr std::string_view suffix = ".root.json";
  if (!name.ends_with(suffix) || name.starts_with('0'))
    return std::nullopt;
  name.remove_suffix(suffix.size());
  std::int32_t version = 0;
  const auto* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, version);
  if (error != std::errc{} || stop != end || version < 1)
    return std::nullopt;
  return version;
}

gateway_path gateway_path_of(verb method, std::string_view path, const peculiarities& like) noexcept {
  for (const auto& known : fixed_paths) {
    if (known.path != path || !has(like, known.which))
      continue;
    if (known.which == endpoint::system_info && like.reports.hardware_by_post != 0)
      return {known.which, method == verb::put || method == verb::post, "PUT, POST", known.max_body_bytes, 0};
    return {known.which, takes(known.method, method), allow(known.method), known.max_body_bytes, 0};
  }
  if (after(path, "/repo/targets/") && has(like, endpoint::image_download))
    return {endpoint::image_download, takes(verb::get, method), allow(verb::get), 0, 0};
  if (const auto below = after(path, "/treehub/"))
    if (const auto known = treehub_path_of(method, *below, false); known.exists)
      return {endpoint::treehub, known.is_allowed, known.allow, known.max_body_bytes, 0};
  if (after(path, "/repo/delegations/"))
    return {endpoint::image_delegation, takes(verb::get, method), allow(verb::get), 0, 0};
  for (const auto& [prefix, which] : {std::pair{std::string_view{"/director/"}, endpoint::director_root},
                                      std::pair{std::string_view{"/repo/"}, endpoint::image_root}})
    if (const auto name = after(path, prefix))
      if (const auto version = root_version_of(*name))
        return {which, takes(verb::get, method), allow(verb::get), 0, *version};
  return {};
}

} // namespace otafleet::stub
