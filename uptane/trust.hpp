// What a device trusts of each repository, and the checks a new document must pass to replace it (protocol.md section
// 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "uptane/announcements.hpp"
#include "uptane/judge.hpp"
#include "uptane/root_chain.hpp"

namespace otafleet::uptane {

/// More delegations than any backend has; one that comes on top of them is used but not stored.
inline constexpr std::size_t max_stored_delegations = 1'000;

/// A device's view of the Director. Rejected documents change nothing.
class director_trust {
public:
  // -- one pass, in this order --------------------------------------------------

  /// D2 and D3. A new root (not the first) drops the rest: fast-forward recovery (protocol.md section 4.10), or as
  /// `rules::keeps_metadata_on_new_root` says.
  [[nodiscard]] verdict accept_root(std::string_view text, judge& by);

  // Only by `rules::director_timestamp_and_snapshot`, as for the Image repository.
  [[nodiscard]] verdict accept_timestamp(std::string_view text, judge& by);
  [[nodiscard]] bool needs_snapshot(judge& by) const;
  [[nodiscard]] std::uint64_t snapshot_limit() const noexcept { return announced_.snapshot_limit(); }
  [[nodiscard]] verdict accept_snapshot(std::string_view text, judge& by);
  /// Always true without that rule: aktualizr asks on every poll.
  [[nodiscard]] bool needs_targets(judge& by) const;

  /// D6 to D11. An equal version is accepted but not stored again. An empty list after a non-empty one leaves the old
  /// one in force (protocol.md section 9.7); only its expiry is then that of the new one.
  ///
  /// By `rules::director_timestamp_and_snapshot` the list must also be the one that the snapshot describes, and it is
  /// then the one in force, empty or not.
  [[nodiscard]] verdict accept_targets(std::string_view text, judge& by);

  /// For stored documents that were not fetched again: neither snapshot nor targets may be expired.
  [[nodiscard]] verdict check_expiry(judge& by) const;

  // -- other occasions ----------------------------------------------------------

  /// Section 5.5: everything stored still verifies, fits together and is not expired; `metadata_fetch_failure` when
  /// there is none.
  [[nodiscard]] verdict recheck(judge& by) const;

  /// Judges what another device of the vehicle holds as if it were freshly received: the roots from the next one on,
  /// then the rest. What is accepted before something is rejected stays.
  [[nodiscard]] verdict take_over(const director_trust& from, judge& by);

  /// Forgets the targets and their version (protocol.md section 9.7). Timestamp and snapshot, which only the Uptane
  /// Standard's rules know, stay: they are what protects the next targets from rollback.
  void drop_targets() noexcept { targets_.reset(); }

  [[nodiscard]] const root_chain& roots() const noexcept { return roots_; }
  /// Null when nothing is stored.
  [[nodiscard]] const targets_ptr& targets() const noexcept { return targets_; }

  // -- storage ----------------------------------------------------------------

  /// The texts of all that is stored; only of documents from a pool that keeps sources.
  [[nodiscard]] documents_by_name stored_documents() const;
  /// Takes back what was stored. Signatures and dates are not judged: the next pass or re-check does that. Refuses what
  /// does not parse, what no root is there for, and what is not a document's name.
  [[nodiscard]] static tl::expected<director_trust, failure> restore(const documents_by_name& documents, judge& by);

private:
  [[nodiscard]] verdict check_fits(const uptane::targets& document, judge& by) const;
  [[nodiscard]] verdict take(const targets_ptr& offered, judge& by);
  void forget_with(const root* before, judge& by);

  root_chain roots_{repository::director};
  announcements announced_{repository::director};
  targets_ptr targets_;
};

/// A device's view of the Image repository. Rejected documents change nothing.
class image_trust {
public:
  // -- one pass, in this order --------------------------------------------------

  /// I1. A new root (not the first) drops the rest, as with the Director.
  [[nodiscard]] verdict accept_root(std::string_view text, judge& by);

  /// I2 to I4.
  [[nodiscard]] verdict accept_timestamp(std::string_view text, judge& by);
  /// I5: false when the stored snapshot is the one the timestamp describes and still verifies.
  [[nodiscard]] bool needs_snapshot(judge& by) const;
  /// How long the snapshot may be: the timestamp's length but never over 8 MiB, or 64 KiB when that is not positive.
  [[nodiscard]] std::uint64_t snapshot_limit() const noexcept { return announced_.snapshot_limit(); }
  /// I6 to I8. A timestamp must have been accepted, else the failure is `metadata_fetch_failure`.
  [[nodiscard]] verdict accept_snapshot(std::string_view text, judge& by);
  /// I9.
  [[nodiscard]] bool needs_targets(judge& by) const;
  /// I10 to I12. A snapshot must have been accepted, else the failure is `metadata_fetch_failure`.
  [[nodiscard]] verdict accept_targets(std::string_view text, judge& by);
  /// I8 and I12 for stored documents that were not fetched again: neither snapshot nor targets may be expired.
  [[nodiscard]] verdict check_expiry(judge& by) const;

  // -- delegations; target_search.hpp walks them ----------------------------------

  /// Null when it is not stored.
  [[nodiscard]] targets_ptr delegation(std::string_view name) const;

  /// The stored targets of `of`, which `delegating` names, when they are of the version that the snapshot gives; null
  /// when they must be fetched. Fails when they are newer than that (rollback), or do not verify.
  [[nodiscard]] tl::expected<targets_ptr, failure>
  stored_delegation(const uptane::delegation& of, const uptane::targets& delegating, judge& by) const;
  /// Judges freshly fetched targets of `of` and stores them, expired or not: hash, signatures, version. What the
  /// snapshot does not list has the expected version -1, and so no version fits.
  [[nodiscard]] tl::expected<targets_ptr, failure>
  accept_delegation(const uptane::delegation& of, const uptane::targets& delegating, std::string_view text, judge& by);

  // -- other occasions ----------------------------------------------------------

  /// Section 5.5: everything stored but delegations still verifies, fits together and is not expired.
  [[nodiscard]] verdict recheck(judge& by) const;

  /// As `director_trust::take_over`; delegations are left out.
  [[nodiscard]] verdict take_over(const image_trust& from, judge& by);

  [[nodiscard]] const root_chain& roots() const noexcept { return roots_; }
  [[nodiscard]] const targets_ptr& targets() const noexcept { return targets_; }

  // -- storage ----------------------------------------------------------------

  /// As `director_trust`'s, delegations included.
  [[nodiscard]] documents_by_name stored_documents() const;
  [[nodiscard]] static tl::expected<image_trust, failure> restore(const documents_by_name& documents, judge& by);

private:
  [[nodiscard]] verdict take(const targets_ptr& offered, judge& by);
  void forget_with(const root* before, judge& by);
  void keep_delegation(std::string_view name, const targets_ptr& document);

  root_chain roots_{repository::image};
  announcements announced_{repository::image};
  targets_ptr targets_;
  std::map<std::string, targets_ptr, std::less<>> delegations_;
};

} // namespace otafleet::uptane
