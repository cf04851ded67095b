#include "scenarios/shapes.hpp"

#include <utility>

namespace otafleet::scenarios {

shape simple(shape::kind is, std::string meaning) {
  shape result;
  result.is = is;
  result.meaning = std::move(meaning);
  return result;
}

shape whole_number(std::uint64_t least, std::uint64_t most, std::string meaning) {
  auto result = simple(shape::kind::integer, std::move(meaning));
  result.least = least;
  result.most = most;
  return result;
}

shape one_of(std::vector<std::string> words, std::string meaning) {
  auto result = simple(shape::kind::choice, std::move(meaning));
  result.words = std::move(words);
  return result;
}

shape object(std::vector<field> fields, std::string meaning) {
  auto result = simple(shape::kind::object, std::move(meaning));
  result.fields = std::move(fields);
  return result;
}

shape holding(shape::kind is, shape inner, std::string meaning, bool may_be_empty) {
  auto result = simple(is, std::move(meaning));
  result.inner.push_back(std::move(inner));
  result.may_be_empty = may_be_empty;
  return result;
}

field required(std::string name, shape of) {
  return {std::move(name), std::move(of), true, ""};
}

field optional(std::string name, shape of, std::string fallback) {
  return {std::move(name), std::move(of), false, std::move(fallback)};
}

} // namespace otafleet::scenarios
