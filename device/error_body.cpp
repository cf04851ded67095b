#include "device/error_body.hpp"

#include <algorithm>

#include <simdjson.h>

namespace otafleet::device {

std::string error_code(std::string_view body) {
  simdjson::dom::parser parser;
  std::string_view code;
  if (parser.parse(body.data(), body.size())["code"].get(code) != simdjson::SUCCESS)
    return {};
  const auto is_label_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (code.size() > 64 || !std::all_of(code.begin(), code.end(), is_label_character))
    return {};
  return std::string{code};
}

} // namespace otafleet::device
