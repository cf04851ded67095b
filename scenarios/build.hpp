// From a checked document to the scenario that the rest of the program reads.
#pragma once

#include <vector>

#include "scenarios/load.hpp"
#include "scenarios/model.hpp"
#include "scenarios/node.hpp"

namespace otafleet::scenarios {

/// Precondition: `document` came from `checked` without a problem.
[[nodiscard]] scenario build(const node& document);

/// Fills in the backend alone, from what stands behind `backend`.
void build_backend(const node& from, scenario& into);

/// Adds what a shape cannot say: references to accounts, fleets and images that do not exist, images assigned before
/// they are uploaded or to hardware they are not for, waves that do not grow to the whole fleet. `document` came from
/// `checked`; what that has told already, a value that is missing or cannot be read, is passed over here.
void check_references(const node& document, std::vector<problem>& problems);

} // namespace otafleet::scenarios
