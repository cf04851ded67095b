// What the backend keeps of one device. A run has a hundred thousand of them: no JSON, nothing twice.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pki/digest.hpp"
#include "pki/key.hpp"
#include "server-stub/events.hpp"
#include "server-stub/message.hpp"

namespace otafleet::stub {

/// An image as metadata and reports name it.
struct image_fact {
  std::string filepath;
  pki::sha256_digest sha256{};
  std::uint64_t length = 0;

  friend bool operator==(const image_fact&, const image_fact&) = default;
};

using image_fact_ptr = std::shared_ptr<const image_fact>;

struct ecu_identity {
  std::string serial;
  std::string hardware_id;
  /// Parsed: 1.9 KB for RSA, where reading it again would cost every manifest 80 us.
  pki::public_key key;
};

/// The ECUs of one device, primary first. Immutable: a replacement makes a new set.
struct ecu_set {
  std::vector<ecu_identity> ecus;
  /// Serials that this device once had and may not use again.
  std::vector<std::string> removed_serials;

  /// The ECU's place, or `ecus.size()`.
  [[nodiscard]] std::size_t find(std::string_view serial) const noexcept {
    std::size_t at = 0;
    while (at < ecus.size() && ecus[at].serial != serial)
      ++at;
    return at;
  }
};

using ecu_set_ptr = std::shared_ptr<const ecu_set>;

struct open_assignment {
  std::uint32_t ecu = 0;
  bool in_flight = false;
  image_fact_ptr image;
  shared_text correlation_id;
};

enum class assignment_state : std::uint8_t { none, queued, in_flight, done, failed };

enum class info_kind : std::uint8_t { hardware, network, config, packages };

struct device_record {
  ecu_set_ptr ecus;
  /// By ECU; null before its first report.
  std::vector<image_fact_ptr> installed;
  std::vector<open_assignment> assignments;

  /// The Director targets that this device is served; null when they are to be made from `assignments`.
  shared_text targets;
  std::int64_t targets_expire = 0;
  std::int32_t targets_version = 0;
  bool outdated = true;

  /// It came by POST /devices.
  bool provisioned = false;
  assignment_state assignment = assignment_state::none;
  std::uint32_t manifests = 0;
  std::uint32_t counter_regressions = 0;
  std::uint64_t last_report_counter = 0;
  std::int64_t created_at = 0;
  std::int64_t last_seen = 0;

  /// Beginning of the SHA-256 of the last body of each kind; 0 before the first.
  std::array<std::uint64_t, 4> info_hashes{};
  event_ledger events;
};

} // namespace otafleet::stub
