// What the backend keeps of one device. A run has a hundred thousand of them: no JSON, nothing twice.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pki/digest.hpp"
#include "pki/key.hpp"
#include "server-stub/counter_ledger.hpp"
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

/// The Director's snapshot and timestamp around one list.
struct list_announcement {
  std::string snapshot;
  std::string timestamp;
};

/// One signed list of Director targets; devices without assignments share them.
struct signed_list {
  std::string text;
  std::int64_t expires = 0;
  std::int32_t version = 0;
  /// Null until a client asks for it: aktualizr does not. Guarded by the Director's lock.
  std::shared_ptr<const list_announcement> announced;
};

using signed_list_ptr = std::shared_ptr<signed_list>;

enum class assignment_state : std::uint8_t { none, queued, in_flight, done, failed };

enum class info_kind : std::uint8_t { hardware, network, config, packages };

struct device_record {
  ecu_set_ptr ecus;
  /// By ECU; null before its first report.
  std::vector<image_fact_ptr> installed;
  std::vector<open_assignment> assignments;

  /// The list that this device is served; null when it is to be made from `assignments`, or is one that many share.
  signed_list_ptr list;
  std::int64_t list_expires = 0;
  std::int32_t list_version = 0;
  /// With which generation of keys the list was made.
  std::uint32_t key_generation = 0;
  bool outdated = true;

  /// It came by POST /devices, or an operator entered it.
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
  /// By ECU, where the backend lets no report_counter be used twice; else empty.
  std::vector<counter_ledger> used_counters;
};

} // namespace otafleet::stub
