// Taking values out of a document that was checked, so that none of this can fail.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "scenarios/model.hpp"
#include "scenarios/node.hpp"
#include "scenarios/units.hpp"

namespace otafleet::scenarios {

[[nodiscard]] inline const std::string& text_of(const node& in, std::string_view key) {
  return in.find(key)->text;
}

/// Empty when there is no such key.
[[nodiscard]] inline std::string text_or_empty(const node& in, std::string_view key) {
  const auto* found = in.find(key);
  return found == nullptr ? std::string{} : found->text;
}

[[nodiscard]] inline duration duration_of(const node& in, std::string_view key) {
  return read_duration(text_of(in, key)).value();
}

[[nodiscard]] inline double share_of(const node& in, std::string_view key) {
  return read_share(text_of(in, key)).value();
}

[[nodiscard]] inline std::uint64_t number_of(const node& in, std::string_view key) {
  const auto& text = text_of(in, key);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace otafleet::scenarios
