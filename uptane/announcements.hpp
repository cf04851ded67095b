// Timestamp and snapshot of one repository: which versions of its other documents are current.
#pragma once

#include <cstdint>
#include <string_view>

#include "uptane/judge.hpp"
#include "uptane/root_chain.hpp"

namespace otafleet::uptane {

/// Steps I2 to I8, for either repository. `trusted` is the current root, or null while there is none. Rejected
/// documents change nothing.
class announcements {
public:
  explicit announcements(repository repo) noexcept : repo_(repo) {}

  /// I2 to I4.
  [[nodiscard]] verdict accept_timestamp(std::string_view text, const root* trusted, judge& by);
  /// I5: false when the stored snapshot is the one the timestamp describes and still verifies.
  [[nodiscard]] bool needs_snapshot(const root* trusted, judge& by) const;
  /// How long the snapshot may be: the timestamp's length but never over 8 MiB, or 64 KiB when that is not positive.
  [[nodiscard]] std::uint64_t snapshot_limit() const noexcept;
  /// I6 to I8. A timestamp must have been accepted, else the failure is `metadata_fetch_failure`.
  [[nodiscard]] verdict accept_snapshot(std::string_view text, const root* trusted, judge& by);

  /// What another device of the same vehicle holds, as if it were freshly received: I2 to I8.
  [[nodiscard]] verdict take_over(const announcements& from, const root* trusted, judge& by);

  /// Section 5.5: both are there, verify and fit together, and the timestamp is not expired.
  [[nodiscard]] verdict recheck(const root* trusted, judge& by) const;
  /// I8 for a stored snapshot.
  [[nodiscard]] verdict check_snapshot_expiry(judge& by) const;

  /// What the snapshot says of a role, or null.
  [[nodiscard]] const role_description* of(std::string_view role_name) const;
  [[nodiscard]] bool has_snapshot() const noexcept { return snapshot_ != nullptr; }

  void drop() noexcept;

  // -- storage ----------------------------------------------------------------

  void store(documents_by_name& into) const;
  [[nodiscard]] static tl::expected<announcements, failure> restore(repository repo, const documents_by_name& documents,
                                                                    judge& by);

private:
  [[nodiscard]] verdict take(const timestamp_ptr& offered, const root& trusted, judge& by);
  [[nodiscard]] verdict take(const snapshot_ptr& offered, const root& trusted, judge& by);

  repository repo_;
  timestamp_ptr timestamp_;
  snapshot_ptr snapshot_;
};

} // namespace otafleet::uptane
