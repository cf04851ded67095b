// The gateway of accounts that are under attack: bends what devices get, and watches who falls for it.
#pragma once

#include <cstdint>
#include <optional>

#include "server-stub/http_handler.hpp"
#include "server-stub/statistics.hpp"

namespace otafleet::stub {

/// Stands before the genuine gateway and hands everything through, unless the device's account plays an attack
/// (attack_switch.hpp). Thread safe; what it refers to must outlive it.
class attack_gateway final : public http_handler {
public:
  attack_gateway(http_handler& genuine, statistics& counts) : genuine_(genuine), counts_(counts) {}

  [[nodiscard]] std::optional<peer> identify(X509* leaf) override { return genuine_.identify(leaf); }
  [[nodiscard]] admission admit(request& head, const peer& from) override { return genuine_.admit(head, from); }
  [[nodiscard]] answer handle(request& complete, const peer& from) override;
  [[nodiscard]] answer refuse(unsigned status, std::uint8_t route) override { return genuine_.refuse(status, route); }
  void handshake_ended(bool ok) override { genuine_.handshake_ended(ok); }

private:
  [[nodiscard]] answer handle_watched(request& complete, const peer& from);
  [[nodiscard]] answer take_manifest(request& complete, const peer& from);
  [[nodiscard]] std::optional<answer> bent(const request& complete, const peer& from);

  http_handler& genuine_;
  statistics& counts_;
};

} // namespace otafleet::stub
