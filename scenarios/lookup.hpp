// Looking into a document that may lack parts: what is missing was told already and is passed over.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/load.hpp"
#include "scenarios/node.hpp"

namespace otafleet::scenarios {

inline const node absent;

[[nodiscard]] inline const node& at(const node& in, std::string_view key) {
  const auto* found = in.find(key);
  return found == nullptr ? absent : *found;
}

/// 0 for what is no number.
[[nodiscard]] inline std::uint64_t number(const node& from) {
  std::uint64_t value = 0;
  std::from_chars(from.text.data(), from.text.data() + from.text.size(), value);
  return value;
}

[[nodiscard]] inline std::vector<std::string> names_in(const node& map) {
  std::vector<std::string> names;
  for (const auto& one : map.members)
    names.push_back(one.key);
  return names;
}

/// The part of `check_references` that depends on the backend: whether it can do what fleets and operations want of it.
void check_backend(const node& document, std::vector<problem>& problems);

} // namespace otafleet::scenarios
