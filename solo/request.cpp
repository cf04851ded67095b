#include "solo/request.hpp"

#include <chrono>

namespace otafleet::solo {

namespace {

[[nodiscard]] net::method verb_of(device::http_method method) {
  switch (method) {
  case device::http_method::get:
    return net::method::get;
  case device::http_method::post:
    return net::method::post;
  case device::http_method::put:
    return net::method::put;
  }
  return net::method::get;
}

} // namespace

net::request request_for(const device::send_request& what, const device::settings& common) {
  net::request made;
  made.connection =
      common.profile.keeps_connections ? net::connection_policy::keep_alive : net::connection_policy::fresh;
  made.is_retry = what.is_retry;
  made.verb = verb_of(what.method);
  made.url = what.url;
  made.user_agent = common.user_agent;
  made.content_type = what.content_type;
  made.body = what.body;
  made.max_reply_bytes = what.max_reply_bytes;
  made.resume_from = what.resume_from;
  if (what.unlimited_time)
    made.total_timeout = std::chrono::milliseconds::zero();
  return made;
}

} // namespace otafleet::solo
