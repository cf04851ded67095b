// Answers `GET /metrics` with what a registry holds, until destroyed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace prometheus {
class Exposer;
class Registry;
} // namespace prometheus

namespace otafleet::telemetry {

class metrics_server {
public:
  /// `address` is ADDRESS:PORT, or a port of the loopback; port 0 picks a free one. Throws std::runtime_error with a
  /// sentence for the user when it cannot be bound.
  metrics_server(const std::string& address, const std::shared_ptr<prometheus::Registry>& registry);
  ~metrics_server();
  metrics_server(const metrics_server&) = delete;
  metrics_server& operator=(const metrics_server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
  std::string host_;
  std::uint16_t port_ = 0;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

} // namespace otafleet::telemetry
