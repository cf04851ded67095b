#include "server-stub/json_input.hpp"

#include <nlohmann/json.hpp>

namespace otafleet::stub {

namespace {

constexpr int max_depth = 32;

/// Writing a value and taking it apart recurse; what comes from the network must not choose how deep.
bool is_too_deep(std::string_view text) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth)
        return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

} // namespace

std::optional<nlohmann::json> parse_json(std::string_view text) {
  if (is_too_deep(text))
    return std::nullopt;
  auto value = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (value.is_discarded())
    return std::nullopt;
  return value;
}

const nlohmann::json* member(const nlohmann::json& value, const char* name) {
  if (!value.is_object())
    return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? nullptr : &*found;
}

const std::string* text_member(const nlohmann::json& value, const char* name) {
  const auto* found = member(value, name);
  return found == nullptr ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::uint64_t> count_member(const nlohmann::json& value, const char* name) {
  const auto* found = member(value, name);
  if (found == nullptr || !found->is_number_unsigned())
    return std::nullopt;
  return found->get<std::uint64_t>();
}

std::string compact(const nlohmann::json& value) {
  return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

} // namespace otafleet::stub
