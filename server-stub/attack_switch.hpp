// The attack that an operator has switched on for one account, if any, and what it does to devices.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tl/expected.hpp>

#include "server-stub/attack_documents.hpp"
#include "server-stub/attack_ledger.hpp"
#include "server-stub/director.hpp"
#include "server-stub/image_repository.hpp"

namespace otafleet::stub {

/// A device's GET as the attack sees it.
struct attacked_request {
  std::string_view device;
  endpoint which = endpoint::unknown;
  /// Of `<N>.root.json`.
  std::int64_t root_version = 0;
  /// Of an image, decoded.
  std::string_view filename;
};

struct bent_answer {
  shared_text text;
  /// `text` is in HTTP's chunks and has no last one.
  bool is_endless = false;
};

/// Thread safe. Costs one atomic load a request as long as no attack is on. Genuine keys, versions and assignments stay
/// what they are; a bent list takes a version that the Director then never serves, so that the genuine list which
/// follows is a higher one.
class attack_switch {
public:
  /// Director and repository must outlive it.
  attack_switch(director& devices, image_repository& images, utc_clock clock)
      : director_(devices), images_(images), clock_(clock) {}

  // -- what operators do ------------------------------------------------------

  /// Plays `kind` from now on, or nothing. Where the attack before may linger in devices (`may_linger`), the Director
  /// gets a new root, with which real clients forget; its version is the result. Fails when keys or documents cannot be
  /// made, and then leaves things as they are.
  [[nodiscard]] tl::expected<std::optional<std::int64_t>, refusal> set(std::optional<attack_kind> kind);

  [[nodiscard]] attack_counts counts() const;

  // -- what devices do ----------------------------------------------------------

  /// An attack is on, or devices have something bent before them that they have not answered to yet (for ten minutes
  /// at most).
  [[nodiscard]] bool is_watching() const noexcept { return watching_.load(std::memory_order_acquire); }

  /// To be told every request of a device before it is answered.
  void observe_request(std::string_view device, endpoint which);

  /// What the device gets instead of the genuine answer, if anything.
  [[nodiscard]] std::optional<bent_answer> bend(const attacked_request& asked);

  /// To be told every manifest once it was dealt with. `installed` are the images that an ECU reports newly;
  /// `gives_up` when the device may have forgotten its list, and with it the list's version.
  void observe_manifest(std::string_view device, std::span<const image_fact_ptr> installed, bool gives_up);

  /// To be told every EcuInstallationStarted.
  void observe_installation(std::string_view device);

private:
  struct running_attack;

  [[nodiscard]] std::shared_ptr<running_attack> running() const;
  [[nodiscard]] std::optional<bent_answer> bend_director_list(running_attack& attack, const attacked_request& asked);
  [[nodiscard]] std::optional<shared_text> list_document(running_attack& attack, const attacked_request& asked,
                                                         const bent_list_order& order, const list_material& material);
  [[nodiscard]] std::optional<bent_answer> bend_root(const attacked_request& asked);
  [[nodiscard]] std::optional<bent_answer> bend_image_metadata(running_attack& attack, const attacked_request& asked);
  [[nodiscard]] std::optional<bent_answer> bend_image(running_attack& attack, const attacked_request& asked);

  director& director_;
  image_repository& images_;
  const utc_clock clock_;

  std::atomic<bool> watching_{false};
  /// Held while an attack is prepared.
  std::mutex change_mutex_;

  mutable std::mutex mutex_;
  std::shared_ptr<running_attack> running_;
  std::uint64_t phase_ = 0;
  std::chrono::steady_clock::time_point watch_until_{};
  attack_ledger ledger_;
};

} // namespace otafleet::stub
