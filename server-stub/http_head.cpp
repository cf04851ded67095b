#include "server-stub/http_head.hpp"

#include <optional>

namespace otafleet::stub {

namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

template <class Name>
std::optional<std::string_view> field(const beast_request& head, Name name) {
  const auto found = head.find(name);
  if (found == head.end())
    return std::nullopt;
  return view(found->value());
}

verb verb_of(http::verb method) noexcept {
  switch (method) {
  case http::verb::get:
    return verb::get;
  case http::verb::head:
    return verb::head;
  case http::verb::put:
    return verb::put;
  case http::verb::post:
    return verb::post;
  case http::verb::patch:
    return verb::patch;
  case http::verb::delete_:
    return verb::erase;
  default:
    return verb::other;
  }
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

request request_head(const beast_request& head) {
  request asked;
  asked.method = verb_of(head.method());
  asked.target = view(head.target());
  asked.content_type = field(head, http::field::content_type).value_or("");
  asked.range = field(head, http::field::range);
  asked.authorization = field(head, http::field::authorization).value_or("");
  asked.account = field(head, "x-ats-namespace").value_or("");
  asked.claimed_device = field(head, "X-Otafleet-Device");
  return asked;
}

bool expects_continue(const beast_request& head) {
  const auto expected = head.find(http::field::expect);
  return expected != head.end() && boost::beast::iequals(expected->value(), "100-continue");
}

std::string response_head(const answer& what, bool keep_alive) {
  std::string head;
  head.reserve(256);
  const auto reason = http::obsolete_reason(http::int_to_status(what.status));
  head.append("HTTP/1.1 ").append(std::to_string(what.status)).append(" ").append(view(reason)).append("\r\n");
  if (!what.content_type.empty())
    append_field(head, "Content-Type", what.content_type);
  if (what.status != 204)
    append_field(head, "Content-Length", std::to_string(what.body_size()));
  for (const auto& [name, value] : what.headers)
    append_field(head, name, value);
  append_field(head, "Connection", keep_alive ? "keep-alive" : "close");
  head.append("\r\n");
  return head;
}

} // namespace otafleet::stub
