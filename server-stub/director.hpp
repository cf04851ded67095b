// The Director of one account: its devices, what they reported, what they are to install (protocol.md sections 3, 4.8,
// 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/device_record.hpp"
#include "server-stub/device_registry.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/refusal.hpp"
#include "server-stub/signing_keys.hpp"
#include "server-stub/update_orders.hpp"

namespace otafleet::stub {

/// What a list for one device is made of.
struct list_material {
  ecu_set_ptr ecus;
  /// The open assignments that one list can carry.
  std::vector<open_assignment> assignments;
  /// Of the last list that the device was served; 0 before the first.
  std::int32_t version = 0;
};

/// Thread safe behind one lock that is held for microseconds: bodies are read, signatures checked and documents signed
/// outside of it. A device that is named by any call and not known yet is created (first sight, protocol.md section
/// 0.6).
class director {
public:
  /// `like` says how another backend's Director differs from ours.
  director(repository_keys keys, utc_clock clock, const peculiarities& like = peculiarities_of(backend_like::here));

  // -- what devices ask -------------------------------------------------------

  /// Enters a device that comes by POST /devices; false when it is known already.
  [[nodiscard]] bool enroll(std::string_view device);

  /// Creates the device when it is new.
  void see(std::string_view device);

  /// Enters a device that an operator registers, seen before or not; false when it was entered already.
  bool enter(std::string_view device);
  /// It came by `enroll` or `enter`.
  [[nodiscard]] bool is_entered(std::string_view device) const;

  /// True for the first registration, false for a replacement. Beside those of `read_registration` and `replace_ecus`
  /// there is 412 `replace_ecu_assignment_exists`, and 400 `ecus_registered` where nothing is ever replaced.
  [[nodiscard]] tl::expected<bool, refusal> register_ecus(std::string_view device, std::string_view body);

  /// Closes the assignments that the manifest fulfils, or all of them when it reports a failure; a newer list follows.
  /// Beside those of `check_manifest` there is 404 `device_missing_primary_ecu`; those of `check_strict_manifest` and
  /// 400 `manifest_counter_repeated` where that is the backend's way.
  [[nodiscard]] tl::expected<void, refusal> accept_manifest(std::string_view device, std::string_view body);

  /// The device's signed list. It changes, with the next version, only when it is outdated or within an hour of expiry;
  /// to hand it out puts its assignments in flight. Fails with 404 `device_missing_primary_ecu`.
  [[nodiscard]] tl::expected<shared_text, refusal> targets(std::string_view device);

  /// What the Uptane Standard asks for beside the list, of the same version: a snapshot that describes exactly the list
  /// which `targets` hands out, and a timestamp that describes the snapshot.
  [[nodiscard]] tl::expected<shared_text, refusal> snapshot(std::string_view device);
  [[nodiscard]] tl::expected<shared_text, refusal> timestamp(std::string_view device);

  /// The newest for version 0; fails with 404 `root_role_not_found` for a version that there is not yet.
  [[nodiscard]] tl::expected<shared_text, refusal> root(std::int64_t version) const;

  void record_info(std::string_view device, info_kind kind, std::string_view body);
  void record_events(std::string_view device, const std::vector<event_notice>& events);

  /// Where images are for a backend whose Director targets say so: `https://.../repo/images/`.
  void set_image_base(std::string url);

  // -- what operators ask -----------------------------------------------------

  /// The id of the new update; 409 `too_many_elements` beyond 10,000 of them.
  [[nodiscard]] tl::expected<std::string, refusal> create_update(multi_target_update update);

  /// The ids of the devices that it affects, in the order's own order; 404 `missing_entity` for an unknown update.
  [[nodiscard]] tl::expected<std::vector<std::string>, refusal> assign(const assignment_order& order);

  /// Gives each of `roles` a new key and tells the version of the root that says so. Lists that the old keys have
  /// signed, or described, are followed by ones of the next version. Fails as `repository_keys::rotated` does.
  [[nodiscard]] tl::expected<std::int64_t, refusal> rotate(const std::set<uptane::role>& roles);

  // -- what an attacker needs (attack_switch.hpp) -----------------------------

  [[nodiscard]] std::shared_ptr<const repository_keys> keys() const;

  /// Changes nothing. Fails with 404 `device_missing_primary_ecu`.
  [[nodiscard]] tl::expected<list_material, refusal> material(std::string_view device);

  /// A version above all that the device was served, which the Director itself will never serve it; the next genuine
  /// list will have a higher one. It is `held` as long as that is still so; 0 holds none.
  [[nodiscard]] std::int32_t reserve_version(std::string_view device, std::int32_t held);

  // -- views --------------------------------------------------------------------

  using device_copy = device_registry::entry;
  /// Copies of up to `limit` devices after `after`, by id.
  [[nodiscard]] std::vector<device_copy> page_after(std::string_view after, std::size_t limit) const;
  /// Copies of up to `limit` devices from the `offset`th on.
  [[nodiscard]] std::vector<device_copy> page_at(std::size_t offset, std::size_t limit) const;
  /// One device or none.
  [[nodiscard]] std::vector<device_copy> find(std::string_view device) const;
  [[nodiscard]] std::size_t size() const;

private:
  /// Locked by the caller.
  device_record& seen(std::string_view device);

  /// The empty list that the device can share, or null. Locked by the caller.
  [[nodiscard]] signed_list_ptr shared_list(device_record& record) const;
  [[nodiscard]] tl::expected<signed_list_ptr, refusal> list(std::string_view device);
  [[nodiscard]] tl::expected<std::shared_ptr<const list_announcement>, refusal> announcement(std::string_view device);

  const utc_clock clock_;
  const peculiarities& like_;

  /// Held while new keys are made, so that roots follow each other.
  std::mutex rotation_mutex_;

  mutable std::mutex mutex_;
  std::shared_ptr<const repository_keys> keys_;
  /// Counts the changes of keys other than the root's.
  std::uint32_t key_generation_ = 0;
  device_registry devices_;
  std::string image_base_;
  std::unordered_map<std::string, std::shared_ptr<const multi_target_update>> updates_;
  /// Most devices are served an empty list, and it is the same for all at one version.
  std::map<std::int32_t, signed_list_ptr> empty_lists_;
};

} // namespace otafleet::stub
