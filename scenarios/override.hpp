// `--set path=value`: changes one value of a document before it is checked.
#pragma once

#include <string>
#include <vector>

#include "scenarios/load.hpp"
#include "scenarios/node.hpp"
#include "scenarios/shape.hpp"

namespace otafleet::scenarios {

/// Puts the value of `given` (`fleets.pilot.devices=5000`) into `document`, making the maps on the way. The path is
/// read by `wanted`: names of measures may hold points, entries of lists are counted from 0
/// (`operations.1.assign.every` or `operations[1].assign.every`), and one of several exclusive keys takes the place of
/// the others. A word that `wanted` does not know is put in as well, so that the check that follows tells it like one
/// of the file.
void override_value(node& document, const shape& wanted, const std::string& given, std::vector<problem>& problems);

} // namespace otafleet::scenarios
