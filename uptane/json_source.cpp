#include "uptane/json_source.hpp"

#include <algorithm>

#include <simdjson.h>

namespace otafleet::uptane {
namespace {

/// Root, timestamp, snapshot and Director targets are smaller than that; a parser needs some 14 bytes a byte of text.
constexpr std::size_t largest_kept = 128 * 1024;
constexpr std::size_t smallest_buffer = 8 * 1024;

/// simdjson counts a scalar inside of the innermost container as one level more; the writer judges the depth exactly.
constexpr std::size_t parser_depth = max_json_depth + 2;

} // namespace

json_source::json_source() = default;
json_source::~json_source() = default;

tl::expected<simdjson::dom::element, std::string> json_source::parse(std::string_view text) {
  thread_local simdjson::dom::parser kept{largest_kept};
  auto* parser = &kept;
  if (text.size() > largest_kept) {
    own_ = std::make_unique<simdjson::dom::parser>();
    parser = own_.get();
  }
  if (parser->capacity() < text.size() || parser->max_depth() != parser_depth) {
    if (const auto error = parser->allocate(std::max(text.size(), smallest_buffer), parser_depth))
      return tl::unexpected(std::string{simdjson::error_message(error)});
  }
  simdjson::dom::element root;
  if (const auto error = parser->parse(text.data(), text.size()).get(root))
    return tl::unexpected(std::string{simdjson::error_message(error)});
  return root;
}

} // namespace otafleet::uptane
