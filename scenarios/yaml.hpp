// YAML text to nodes and back; the one place that knows the YAML library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "scenarios/load.hpp"
#include "scenarios/node.hpp"

namespace otafleet::scenarios {

/// Reads exactly one document. Refuses syntax errors, repeated keys (the library would keep one silently), keys that
/// are not text, several documents, and more than 100,000 nodes, which is what aliases can blow a small file up to.
[[nodiscard]] tl::expected<node, std::vector<problem>> read_yaml(std::string_view text, const std::string& source);

/// Writes block style, with short lists and maps of scalars on one line.
[[nodiscard]] std::string write_yaml(const node& document);

} // namespace otafleet::scenarios
