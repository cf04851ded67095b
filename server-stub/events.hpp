// Device events: reads POST /events and counts them once each (protocol.md section 8.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "server-stub/refusal.hpp"

namespace otafleet::stub {

/// The types that are counted by name; the last one stands for all others.
inline constexpr std::array<std::string_view, 13> event_types{"EcuDownloadStarted",
                                                              "EcuDownloadCompleted",
                                                              "EcuInstallationStarted",
                                                              "EcuInstallationApplied",
                                                              "EcuInstallationCompleted",
                                                              "DevicePaused",
                                                              "DeviceResumed",
                                                              "campaign_accepted",
                                                              "campaign_declined",
                                                              "campaign_postponed",
                                                              "DownloadComplete",
                                                              "InstallationComplete",
                                                              "other"};

inline constexpr std::size_t max_events_per_request = 1'000;

/// What a device says to a campaign that asks for its consent.
enum class campaign_answer : std::uint8_t { accepted, declined, postponed };

struct event_notice {
  std::uint8_t type = 0;
  /// Beginning of the SHA-256 of the event's id.
  std::uint64_t id_hash = 0;
  /// Of a `campaign_...` event: which campaign it answers; empty when the event names none.
  std::string campaign_id{};
};

/// What a `campaign_...` event answers; nothing for other events.
[[nodiscard]] std::optional<campaign_answer> campaign_answer_of(const event_notice& event) noexcept;

/// Fails with `invalid_entity` when the body is not an array of objects that each have `id`, `deviceTime`, `eventType`
/// and `event` of their types, and with 413 `payload_too_large` for more than `max_events_per_request`: a client then
/// halves its batches.
[[nodiscard]] tl::expected<std::vector<event_notice>, refusal> read_events(std::string_view body);

/// One device's counts. Delivery is at least once: an id among the last 64 is not counted again.
class event_ledger {
public:
  void record(const event_notice& event);

  [[nodiscard]] std::uint32_t count(std::size_t type) const noexcept {
    return type < counts_.size() ? counts_[type] : 0;
  }

private:
  static constexpr std::size_t remembered_ids = 64;

  /// Both grow with the first event: most devices of a large fleet have none.
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint64_t> recent_;
  std::uint32_t next_ = 0;
};

} // namespace otafleet::stub
