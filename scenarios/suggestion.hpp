// What somebody may have meant by a word that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otafleet::scenarios {

/// `; did you mean "devices"?` for the nearest of `known`, or nothing when none is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// `a, b and c`.
[[nodiscard]] std::string listed(const std::vector<std::string>& words);

} // namespace otafleet::scenarios
