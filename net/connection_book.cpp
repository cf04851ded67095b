#include "net/connection_book.hpp"

#include <algorithm>

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
    if (++last_scope_ == 0)
      ++last_scope_; // 0 is libcurl's "no scope"
    known = {who.identity, last_scope_};
  }
  return known.scope;
}

void connection_book::close(device_index device) {
  if (const auto found = sockets_.find(device); found != sockets_.end())
    for (const int socket : found->second)
      shutdown(socket, SHUT_RDWR);
}

void connection_book::retain(device_index device, int socket, int local_port, clock::time_point deadline) {
  retained_.push_back({deadline, device, socket, local_port});
}

void connection_book::reused(device_index device, int local_port) {
  std::erase_if(retained_, [&](const auto& each) { return each.device == device && each.local_port == local_port; });
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
