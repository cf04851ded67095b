#include "uptane/shown.hpp"

#include "uptane/canonical.hpp"

namespace otafleet::uptane {

std::string shown(std::string_view untrusted) {
  constexpr std::size_t longest = 80;
  std::string out;
  append_json_string(out, untrusted.substr(0, longest));
  if (untrusted.size() > longest)
    out += "...";
  return out;
}

} // namespace otafleet::uptane
