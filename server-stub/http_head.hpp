// Heads of requests and answers between Beast's types and ours. Internal to listener.cpp: includes Beast.
#pragma once

#include <string>
#include <string_view>

#include <boost/beast/http.hpp>

#include "server-stub/message.hpp"

namespace otafleet::stub {

using beast_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Views into `head`; the body stays where it is.
[[nodiscard]] request request_head(const beast_request& head);

/// The client waits for a 100 before it sends its body.
[[nodiscard]] bool expects_continue(const beast_request& head);

/// Status line and fields, up to the empty line.
[[nodiscard]] std::string response_head(const answer& what, bool keep_alive);

} // namespace otafleet::stub
