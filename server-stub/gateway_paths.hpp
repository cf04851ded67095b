// The gateway's paths: which endpoint each one is, its verbs, and how large a body it takes. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "server-stub/message.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

struct gateway_path {
  endpoint which = endpoint::unknown;
  /// The path exists and takes this verb; an unknown path is never allowed.
  bool is_allowed = false;
  /// For the header of that name: what the path takes.
  std::string_view allow;
  std::uint64_t max_body_bytes = 0;
  /// Of `<N>.root.json`; 1 for `root.json`, which names the first as the latest.
  std::int64_t root_version = 1;
};

/// HEAD is taken wherever GET is.
[[nodiscard]] gateway_path gateway_path_of(verb method, std::string_view path) noexcept;

} // namespace otafleet::stub
