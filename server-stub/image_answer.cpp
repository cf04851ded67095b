#include "server-stub/image_answer.hpp"

#include <string>
#include <utility>

#include "server-stub/byte_range.hpp"

namespace otafleet::stub {

answer image_answer(shared_text content, const request& asked) {
  auto result = answer::shared(std::move(content));
  result.content_type = "application/octet-stream";
  result.headers.emplace_back("Accept-Ranges", "bytes");
  if (!asked.range || asked.method == verb::head)
    return result;
  const auto size = result.length;
  const auto range = read_range(*asked.range, size);
  if (range.what == byte_range::kind::unsatisfiable) {
    auto refused = answer::empty(416);
    refused.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return refused;
  }
  if (range.what == byte_range::kind::part) {
    result.status = 206;
    result.offset = range.offset;
    result.length = range.length;
    result.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                                     std::to_string(range.offset + range.length - 1) + "/" +
                                                     std::to_string(size));
  }
  return result;
}

} // namespace otafleet::stub
