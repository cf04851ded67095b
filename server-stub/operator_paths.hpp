// The operator port's paths: which endpoint each one is and how large a body it takes. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "server-stub/message.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

struct operator_path {
  endpoint which = endpoint::unknown;
  bool is_allowed = false;
  /// For the header of that name: what the path takes.
  std::string_view allow;
  std::uint64_t max_body_bytes = 0;
};

/// A DELETE of a device or an image is `endpoint::deletion`.
[[nodiscard]] operator_path operator_path_of(verb method, std::string_view path) noexcept;

} // namespace otafleet::stub
