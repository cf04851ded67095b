// Campaigns that wait for a device's consent, and what the devices answered (protocol.md section 8.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/events.hpp"
#include "server-stub/peculiarities.hpp"
#include "server-stub/refusal.hpp"

namespace otafleet::stub {

/// A device reads no longer list than 1 MiB (protocol.md section 4.9), so that all campaigns of an account fit one.
inline constexpr std::size_t max_campaign_text = 1'000'000;
/// Devices that all campaigns of an account together may name, and answers that they may get.
inline constexpr std::size_t max_campaign_devices = 1'000'000;

struct campaign {
  std::string id;
  std::string name;
  std::uint64_t size = 0;
  bool auto_accept = false;
  /// The `type` and `value` of each, a type once.
  std::map<std::string, std::string> metadata;
  /// Whom it is for; empty for every device of the account.
  std::unordered_set<std::string> devices;
};

/// `{"name"}` and, as the operator likes, `size`, `autoAccept`, `metadata` as devices read it, `devices`. Gives the
/// campaign a new id. Fails with 400 `invalid_entity`, also for what a device would reject: a metadata type twice, or a
/// duration that is no number.
[[nodiscard]] tl::expected<campaign, refusal> read_campaign(std::string_view body);

/// One account's. Thread safe.
class campaign_list {
public:
  /// Fails with 409 `too_many_elements`.
  [[nodiscard]] tl::expected<void, refusal> add(campaign added);

  /// GET /campaigner/campaigns: those that the device is asked for and has neither accepted nor declined.
  [[nodiscard]] std::string for_device(std::string_view device, campaign_form form) const;

  /// Enters what a device answered; the last answer counts. Campaigns that nobody made are passed over.
  void record(std::string_view device, std::string_view campaign_id, campaign_answer answered);

  /// For operators: `{"values":[{"id","name",...,"accepted","declined","postponed"}]}` in the order of their making.
  [[nodiscard]] std::string overview() const;

private:
  struct entry {
    std::string id;
    /// As devices are shown it, with and without `autoAccept`.
    std::string text;
    std::string text_without_accept;
    std::unordered_set<std::string> devices;
    std::unordered_map<std::string, campaign_answer> answers;
    std::array<std::size_t, 3> counts{};
  };

  mutable std::mutex mutex_;
  std::vector<entry> entries_;
  std::size_t text_size_ = 0;
  std::size_t named_devices_ = 0;
  std::size_t answers_ = 0;
};

} // namespace otafleet::stub
