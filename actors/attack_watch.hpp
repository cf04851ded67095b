// Who has refused which attack, and under what name. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/model.hpp"
#include "telemetry/results.hpp"

namespace otafleet::actors {

/// Follows the attacks of a scenario by their numbers. A device's failure counts for the attack that is on when the
/// whole cycle in which it failed lay within it. Of a cycle that began before, it counts only under a name that the
/// attack before was never refused with: a device may report a refusal once and then have nothing left to refuse. Not
/// thread safe.
class attack_watch {
public:
  using clock = std::chrono::steady_clock;

  /// `plan` must outlive it.
  explicit attack_watch(const scenarios::scenario& plan);

  /// The backend has been serving this attack since `when` at the latest.
  void began(std::size_t attack, clock::time_point when);
  /// The backend may stop serving it from now on.
  void ended(std::size_t attack);

  /// A device of `account` failed with `name` in a cycle that began at `cycle_began`. Returns the attack that it has
  /// refused with this for the first time, if it did.
  [[nodiscard]] std::optional<std::size_t> failed(std::string_view account, std::uint32_t run_index,
                                                  std::string_view name, clock::time_point cycle_began);

  /// True when no device of the account is left that has neither refused the attack nor is among the `accepted` ones.
  [[nodiscard]] bool is_answered(std::size_t attack, std::uint64_t accepted) const;

  /// In the order of the scenario; what the backend counted is not in it.
  [[nodiscard]] std::vector<telemetry::attack_result> results() const;

private:
  /// Whether the attack on the same account before this one was refused with this name.
  [[nodiscard]] bool was_seen_before(std::size_t attack, std::string_view name) const;

  struct record {
    std::optional<clock::time_point> since;
    /// By run index.
    std::vector<bool> refused;
    std::uint64_t refused_by = 0;
    /// By name, the devices that refused with it.
    std::map<std::string, std::vector<bool>, std::less<>> names;
  };

  const std::vector<scenarios::attack>& attacks_;
  std::vector<record> records_;
  /// By account.
  std::map<std::string, std::uint64_t, std::less<>> devices_;
  std::size_t all_devices_ = 0;
};

/// True for the names of what verification found (`ExpiredMetadata::targets`, `TargetHashMismatch`), as opposed to a
/// transport's or a server's (`timeout`, `http-503`). A document that could not be fetched is a refusal only of an
/// attack that consists in its never ending.
[[nodiscard]] bool is_refusal(std::string_view attack_kind, std::string_view failure_name) noexcept;

} // namespace otafleet::actors
