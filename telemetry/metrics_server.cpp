#include "telemetry/metrics_server.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <stdexcept>

#include <netdb.h>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otafleet::telemetry {

namespace {

/// `[::1]:9100` without port and brackets.
[[nodiscard]] std::string host_of(const std::string& address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  return host;
}

/// Opens a connection and closes it.
void knock(const std::string& host, std::uint16_t port) noexcept {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto service = std::to_string(port);
  if (::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found) != 0)
    return;
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    (void)::connect(fd, found->ai_addr, found->ai_addrlen);
    ::close(fd);
  }
  ::freeaddrinfo(found);
}

} // namespace

metrics_server::metrics_server(const std::string& address, const std::shared_ptr<prometheus::Registry>& registry) {
  // civetweb takes a bare port for all interfaces: not what a page without a password should do unasked.
  const auto bound = address.find(':') == std::string::npos ? "127.0.0.1:" + address : address;
  host_ = host_of(bound);
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(bound, 2);
    exposer_->RegisterCollectable(registry);
    port_ = static_cast<std::uint16_t>(exposer_->GetListeningPorts().at(0));
  } catch (const std::exception&) {
    throw std::runtime_error("cannot serve metrics on " + bound +
                             ": the address is in use, not allowed or not an ADDRESS:PORT of this machine");
  }
}

metrics_server::~metrics_server() {
  // civetweb notices that it is to stop when somebody connects, or else two seconds later: so knock until it has
  // noticed.
  const auto stopped = std::async(std::launch::async, [this] { exposer_.reset(); });
  while (stopped.wait_for(std::chrono::milliseconds{2}) != std::future_status::ready)
    knock(host_, port_);
}

} // namespace otafleet::telemetry
