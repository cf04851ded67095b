// The ground truth of attacks at the backend: whom they were served to, and who fell for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server-stub/attack.hpp"

namespace otafleet::stub {

struct attack_count {
  /// Bent answers.
  std::uint64_t served = 0;
  /// Distinct devices that got one.
  std::uint64_t devices = 0;
  /// Distinct devices that then did, before their next manifest, what a client does only when it has accepted it.
  std::uint64_t accepted = 0;

  friend bool operator==(const attack_count&, const attack_count&) = default;
};

/// By `attack_kind`; nothing for a kind that was never switched on.
using attack_counts = std::array<std::optional<attack_count>, attack_kinds>;

/// Devices that one account's ledger remembers; about 100 bytes each. Whoever serves attacks must leave the others
/// alone: what cannot be accounted for is not done.
inline constexpr std::size_t max_attacked_devices = 1'000'000;

/// Files of one device, between two manifests, whose bent bytes are remembered.
inline constexpr std::size_t max_bent_images = 16;

/// Not thread safe. Devices and files are known by 64-bit hashes.
class attack_ledger {
public:
  explicit attack_ledger(std::size_t capacity = max_attacked_devices) : capacity_(capacity) {}

  struct entry {
    std::uint16_t served_kinds = 0;
    std::uint16_t accepted_kinds = 0;
    /// What the device was last served that is still open: it has not sent a manifest since.
    bent_part open = bent_part::none;
    attack_kind open_kind{};
    /// The list version that was set aside for this device, 0 for none.
    std::int32_t reserved_version = 0;
    /// In which phase (attack_switch.cpp) it was last served a genuine list, 0 for none; and whether it has sent a
    /// manifest since, so that its next list may be another one.
    std::uint64_t genuine_phase = 0;
    bool holds_genuine = false;
    /// Of the bent images that are open.
    std::vector<std::uint64_t> files;
  };

  void switched_on(attack_kind kind);

  /// The device's entry, made if need be; null when the ledger is full.
  [[nodiscard]] entry* of(std::string_view device);
  /// Null for a device that has none.
  [[nodiscard]] entry* find(std::string_view device);

  /// Counts a bent answer; `file` names a bent image.
  void served(entry& device, attack_kind kind, bent_part part, std::string_view file = {});

  /// Counts the device as one that accepted what is open.
  void accepted(entry& device);

  /// True when the bent bytes of `file` are open.
  [[nodiscard]] static bool has_open_image(const entry& device, std::string_view file);

  /// The device has sent a manifest: what it was served before is history.
  void close(entry& device);

  /// How many devices have something open.
  [[nodiscard]] std::size_t open() const noexcept { return open_; }
  [[nodiscard]] const attack_counts& counts() const noexcept { return counts_; }

private:
  [[nodiscard]] attack_count& count_of(attack_kind kind);

  const std::size_t capacity_;
  std::unordered_map<std::uint64_t, entry> devices_;
  attack_counts counts_;
  std::size_t open_ = 0;
};

} // namespace otafleet::stub
