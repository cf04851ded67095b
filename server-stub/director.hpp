// The Director of one account: its devices, what they reported, what they are to install (protocol.md sections 3, 4.8,
// 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/device_registry.hpp"
#include "server-stub/refusal.hpp"
#include "server-stub/signing_keys.hpp"
#include "server-stub/update_orders.hpp"

namespace otafleet::stub {

/// Thread safe behind one lock that is held for microseconds: bodies are read, signatures checked and documents signed
/// outside of it. A device that is named by any call and not known yet is created (first sight, protocol.md section
/// 0.6).
class director {
public:
  director(repository_keys keys, utc_clock clock);

  // -- what devices ask -------------------------------------------------------

  /// Enters a device that comes by POST /devices; false when it is known already.
  [[nodiscard]] bool enroll(std::string_view device);

  /// Creates the device when it is new.
  void see(std::string_view device);

  /// True for the first registration, false for a replacement. Beside those of `read_registration` and `replace_ecus`
  /// there is 412 `replace_ecu_assignment_exists`.
  [[nodiscard]] tl::expected<bool, refusal> register_ecus(std::string_view device, std::string_view body);

  /// Closes the assignments that the manifest fulfils, or all of them when it reports a failure; a newer list follows.
  /// Beside those of `check_manifest` there is 404 `device_missing_primary_ecu`.
  [[nodiscard]] tl::expected<void, refusal> accept_manifest(std::string_view device, std::string_view body);

  /// The device's signed list. It changes, with the next version, only when it is outdated or within an hour of expiry;
  /// to hand it out puts its assignments in flight. Fails with 404 `device_missing_primary_ecu`.
  [[nodiscard]] tl::expected<shared_text, refusal> targets(std::string_view device);

  /// Fails with 404 `root_role_not_found` for any version but 1.
  [[nodiscard]] tl::expected<shared_text, refusal> root(std::int64_t version) const;

  void record_info(std::string_view device, info_kind kind, std::string_view body);
  void record_events(std::string_view device, const std::vector<event_notice>& events);

  // -- what operators ask -----------------------------------------------------

  /// The id of the new update; 409 `too_many_elements` beyond 10,000 of them.
  [[nodiscard]] tl::expected<std::string, refusal> create_update(multi_target_update update);

  /// The ids of the devices that it affects, in the order's own order; 404 `missing_entity` for an unknown update.
  [[nodiscard]] tl::expected<std::vector<std::string>, refusal> assign(const assignment_order& order);

  using device_copy = device_registry::entry;
  /// Copies of up to `limit` devices after `after`, by id.
  [[nodiscard]] std::vector<device_copy> page_after(std::string_view after, std::size_t limit) const;
  /// Copies of up to `limit` devices from the `offset`th on.
  [[nodiscard]] std::vector<device_copy> page_at(std::size_t offset, std::size_t limit) const;
  /// One device or none.
  [[nodiscard]] std::vector<device_copy> find(std::string_view device) const;
  [[nodiscard]] std::size_t size() const;

private:
  struct empty_list {
    shared_text text;
    std::int64_t expires = 0;
  };

  /// Locked by the caller.
  device_record& seen(std::string_view device);

  const repository_keys keys_;
  const utc_clock clock_;

  mutable std::mutex mutex_;
  device_registry devices_;
  std::unordered_map<std::string, std::shared_ptr<const multi_target_update>> updates_;
  /// Most devices are served an empty list, and it is the same for all at one version.
  std::map<std::int32_t, empty_list> empty_lists_;
};

} // namespace otafleet::stub
