// Who did what to which thing, and whether it was allowed: read by operators, written by everything that matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server-stub/signing_keys.hpp"

namespace otafleet::stub {

struct audit_entry {
  /// From 1, without gaps.
  std::uint64_t number = 0;
  /// Seconds since 1970.
  std::int64_t time = 0;
  std::string account;
  std::string actor;
  std::string action;
  std::string subject;
  std::string outcome;
};

/// Append-only and thread safe. Holds the last 20,000 entries; a reader sees by the numbers what it missed.
class audit_log {
public:
  explicit audit_log(utc_clock clock) : clock_(clock) {}

  /// Texts are cut at 256 bytes.
  void record(std::string_view account, std::string_view actor, std::string_view action, std::string_view subject,
              std::string_view outcome);

  /// Up to `limit` entries with numbers above `after`, in order.
  [[nodiscard]] std::vector<audit_entry> page(std::uint64_t after, std::size_t limit) const;

  static constexpr std::size_t capacity = 20'000;

private:
  const utc_clock clock_;
  mutable std::mutex mutex_;
  std::deque<audit_entry> entries_;
  std::uint64_t last_number_ = 0;
};

} // namespace otafleet::stub
