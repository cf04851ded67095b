// Checks a document against a shape and fills in defaults.
#pragma once

#include <string>
#include <vector>

#include "scenarios/load.hpp"
#include "scenarios/node.hpp"
#include "scenarios/shape.hpp"

namespace otafleet::scenarios {

/// Returns `given` in the form of `wanted` with every default filled in; what is wrong goes to `problems`, all of it.
/// The result is only good for reading when nothing was added to them.
[[nodiscard]] node checked(const node& given, const shape& wanted, const std::string& path,
                           std::vector<problem>& problems);

/// Adds a problem at a position.
void complain(std::vector<problem>& problems, const position& at, std::string path, std::string message);

} // namespace otafleet::scenarios
