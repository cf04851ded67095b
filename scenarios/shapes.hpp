// How the vocabulary is put together: one function per form, and the chapters that stand in files of their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/shape.hpp"

namespace otafleet::scenarios {

// -- forms --------------------------------------------------------------------

[[nodiscard]] shape simple(shape::kind is, std::string meaning);
[[nodiscard]] shape whole_number(std::uint64_t least, std::uint64_t most, std::string meaning);
[[nodiscard]] shape one_of(std::vector<std::string> words, std::string meaning);
[[nodiscard]] shape object(std::vector<field> fields, std::string meaning);
/// A map, a list or one_or_more.
[[nodiscard]] shape holding(shape::kind is, shape inner, std::string meaning, bool may_be_empty);

[[nodiscard]] field required(std::string name, shape of);
/// `fallback` is YAML; empty for none.
[[nodiscard]] field optional(std::string name, shape of, std::string fallback = "");

// -- chapters -----------------------------------------------------------------

[[nodiscard]] shape backend_words();
[[nodiscard]] shape fleet_words();
[[nodiscard]] shape operation_words();
[[nodiscard]] shape fault_words();

} // namespace otafleet::scenarios
