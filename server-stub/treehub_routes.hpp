// A treehub over HTTP: what devices pull through the gateway, and what publishing tools push through the operator port.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "server-stub/message.hpp"
#include "server-stub/treehub.hpp"

namespace otafleet::stub {

/// How large a body the treehub takes at `path`; `takes` is false where it does not take the verb.
struct treehub_path {
  bool exists = false;
  bool is_allowed = false;
  std::string_view allow;
  std::uint64_t max_body_bytes = 0;
};

/// `path` is what follows the treehub's base, `objects/ab/...` without a slash before it. Devices may only read.
[[nodiscard]] treehub_path treehub_path_of(verb method, std::string_view path, bool may_write) noexcept;

/// What follows the treehub's base in a path of the operator port: `/api/v3/`, or `/api/v2/` as of old.
[[nodiscard]] std::optional<std::string_view> treehub_below(std::string_view path) noexcept;

/// Answers GET and HEAD: config, objects, refs and manifests; 404 for all else, which libostree takes for "has none"
/// where it asks for a summary or deltas.
[[nodiscard]] tl::expected<answer, refusal> read_treehub(const treehub& from, std::string_view path);

/// Answers POST of objects (204) and refs (200), PUT of manifests (200).
[[nodiscard]] tl::expected<answer, refusal> write_treehub(treehub& to, std::string_view path, request& complete);

} // namespace otafleet::stub
