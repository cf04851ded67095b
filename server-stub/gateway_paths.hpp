// The gateway's paths: which endpoint each one is, its verbs, and how large a body it takes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server-stub/message.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

struct gateway_path {
  endpoint which = endpoint::unknown;
  /// The path exists and takes this verb; an unknown path is never allowed.
  bool is_allowed = false;
  /// For the header of that name: what the path takes.
  std::string_view allow;
  std::uint64_t max_body_bytes = 0;
  /// Of `<N>.root.json`; 0 for `root.json`, the newest.
  std::int64_t root_version = 0;
};

/// N of `<N>.root.json`, from 1 without leading zeros; 0 for `root.json`; nothing for another name.
[[nodiscard]] std::optional<std::int64_t> root_version_of(std::string_view name) noexcept;

/// `path` begins behind the backend's base path (`path_below`); `like` says which paths the backend has. HEAD is taken
/// wherever GET is.
[[nodiscard]] gateway_path gateway_path_of(verb method, std::string_view path,
                                           const peculiarities& like = peculiarities_of(backend_like::here)) noexcept;

} // namespace otafleet::stub
