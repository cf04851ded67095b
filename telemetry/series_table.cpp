#include "telemetry/series_table.hpp"

namespace otafleet::telemetry {

std::string label_text(std::string_view value) {
  constexpr std::size_t longest = 64;
  std::string text{value.substr(0, longest)};
  for (auto& c : text)
    if (c < ' ' || c > '~')
      c = '?';
  return text;
}

} // namespace otafleet::telemetry
