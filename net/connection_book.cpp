#include "net/connection_book.hpp"

#include <algorithm>
#include <utility>

#include <sys/socket.h>

namespace otafleet::net {

void connection_book::opened(int socket, device_index device) {
  owners_[socket] = device;
  sockets_[device].push_back(socket);
}

void connection_book::closed(int socket) {
  const auto owner = owners_.find(socket);
  if (owner == owners_.end())
    return;
  const auto of_device = sockets_.find(owner->second);
  std::erase(of_device->second, socket);
  if (of_device->second.empty())
    sockets_.erase(of_device);
  owners_.erase(owner);
  // The number may soon name another connection.
  std::erase_if(retained_, [&](const auto& each) { return each.socket == socket; });
}

std::uint32_t connection_book::scope_of(speaker who) {
  auto& known = keys_[who.device];
  if (known.scope == 0 || known.identity != who.identity) {
    if (known.scope != 0 && policy_ == connection_policy::keep_alive)
      close(who.device);
    known = {who.identity, new_scope()};
  }
  return known.scope;
}

std::uint32_t connection_book::new_scope() {
  if (++last_scope_ == 0)
    ++last_scope_; // 0 is libcurl's "no scope"
  return last_scope_;
}

std::uint32_t connection_book::scope_of_retry(speaker who, std::string_view what) {
  const auto found = std::find_if(retained_.rbegin(), retained_.rend(),
                                  [&](const auto& each) { return each.who == who && each.what == what; });
  return found == retained_.rend() ? new_scope() : found->scope;
}

void connection_book::close(device_index device) {
  if (const auto found = sockets_.find(device); found != sockets_.end())
    for (const int socket : found->second)
      shutdown(socket, SHUT_RDWR);
}

void connection_book::retain(retained one) {
  retained_.push_back(std::move(one));
}

void connection_book::reused(std::uint32_t scope) {
  std::erase_if(retained_, [&](const auto& each) { return each.scope == scope; });
}

void connection_book::expire(clock::time_point now) {
  for (; !retained_.empty() && retained_.front().deadline <= now; retained_.pop_front())
    shutdown(retained_.front().socket, SHUT_RDWR);
}

std::optional<connection_book::clock::time_point> connection_book::next_expiry() const {
  if (retained_.empty())
    return std::nullopt;
  return retained_.front().deadline;
}

} // namespace otafleet::net
