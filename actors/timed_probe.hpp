// Times verification work and hands the figures to telemetry.
#pragma once

#include <chrono>

#include "telemetry/fleet_metrics.hpp"
#include "uptane/probe.hpp"

namespace otafleet::actors {

/// Shared by all devices; thread safe, because a document is judged within one call on one thread.
class timed_probe final : public uptane::probe {
public:
  explicit timed_probe(telemetry::fleet_metrics& metrics) noexcept : metrics_(metrics) {}

  [[nodiscard]] bool check(uptane::role of, const pki::public_key& key, byte_view message,
                           byte_view signature) override;
  void document_begins(uptane::repository repo, uptane::role of) override;
  void document_ends(uptane::repository repo, uptane::role of, bool accepted) override;

private:
  telemetry::fleet_metrics& metrics_;
};

} // namespace otafleet::actors
