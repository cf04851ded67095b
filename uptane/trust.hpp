// What a device trusts of each repository, and the checks a new document must pass to replace it (protocol.md section
// 5).
#pragma once

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

#include "uptane/document_pool.hpp"
#include "uptane/failure.hpp"
#include "uptane/metadata.hpp"
#include "uptane/probe.hpp"

namespace otafleet::uptane {

/// What the checks need from outside.
struct judge {
  document_pool& pool;
  probe& watch;
  utc_time now;
};

using verdict = tl::expected<void, failure>;

/// Checks the signatures of `document` against the keys of `role` in `trusted` (protocol.md section 5.1, "Signature
/// algorithm"): duplicates, unsupported methods, unknown keys, threshold.
[[nodiscard]] verdict check_signatures(repository repo, role of, const envelope& document, const root& trusted,
                                       probe& watch);

/// A chain of roots of one repository; steps D1 to D4 and I1.
class root_chain {
public:
  explicit root_chain(repository repo) noexcept : repo_(repo) {}

  /// Version of the next file to ask for: 1 when nothing is trusted yet.
  [[nodiscard]] std::int32_t next_version() const noexcept { return current_ ? current_->version + 1 : 1; }

  /// Accepts `text` as the next root, and changes nothing when it does not: verified by itself when it is the first,
  /// else by the current root and by itself, with a version of exactly `next_version()`.
  [[nodiscard]] verdict accept(std::string_view text, judge& by);

  /// D4: the current root, whatever came before it, must not be expired. Precondition: `current()`.
  [[nodiscard]] verdict check_expiry(utc_time now) const;

  /// D1 again, for the offline re-verification: the current root verifies against itself and is not expired.
  [[nodiscard]] verdict recheck(judge& by) const;

  [[nodiscard]] const root_ptr& current() const noexcept { return current_; }

private:
  repository repo_;
  root_ptr current_;
};

/// A device's view of the Director. Rejected documents change nothing.
class director_trust {
public:
  /// D2 and D3. A new root (not the first) drops the targets: fast-forward recovery (protocol.md section 4.10).
  [[nodiscard]] verdict accept_root(std::string_view text, judge& by);

  /// D6 to D11. An equal version is accepted but not stored again. An empty list after a non-empty one leaves the old
  /// one in force (protocol.md section 9.7); only its expiry is then that of the new one.
  [[nodiscard]] verdict accept_targets(std::string_view text, judge& by);

  /// Section 5.5: stored root and targets still verify and are not expired; `metadata_fetch_failure` when there are
  /// none.
  [[nodiscard]] verdict recheck(judge& by) const;

  /// Forgets everything but the roots (protocol.md section 9.7).
  void drop_targets() noexcept { targets_.reset(); }

  [[nodiscard]] const root_chain& roots() const noexcept { return roots_; }
  /// Null when nothing is stored.
  [[nodiscard]] const targets_ptr& targets() const noexcept { return targets_; }

private:
  root_chain roots_{repository::director};
  targets_ptr targets_;
};

/// A device's view of the Image repository. Rejected documents change nothing.
class image_trust {
public:
  [[nodiscard]] verdict accept_root(std::string_view text, judge& by);

  /// I2 to I4.
  [[nodiscard]] verdict accept_timestamp(std::string_view text, judge& by);
  /// I5: false when the stored snapshot is the one the timestamp describes and still verifies.
  [[nodiscard]] bool needs_snapshot(judge& by) const;
  /// How long the snapshot may be: the timestamp's length but never over 8 MiB, or 64 KiB when that is not positive.
  [[nodiscard]] std::uint64_t snapshot_limit() const noexcept;
  /// I6 to I8. A timestamp must have been accepted, else the failure is `metadata_fetch_failure`.
  [[nodiscard]] verdict accept_snapshot(std::string_view text, judge& by);
  /// I9.
  [[nodiscard]] bool needs_targets(judge& by) const;
  /// I10 to I12. A snapshot must have been accepted, else the failure is `metadata_fetch_failure`.
  [[nodiscard]] verdict accept_targets(std::string_view text, judge& by);
  /// I8 and I12 for stored documents that were not fetched again: neither snapshot nor targets may be expired.
  [[nodiscard]] verdict check_expiry(utc_time now) const;

  /// Section 5.5: everything stored still verifies, fits together and is not expired.
  [[nodiscard]] verdict recheck(judge& by) const;

  [[nodiscard]] const root_chain& roots() const noexcept { return roots_; }
  [[nodiscard]] const targets_ptr& targets() const noexcept { return targets_; }

private:
  void drop_all_but_roots() noexcept;

  root_chain roots_{repository::image};
  timestamp_ptr timestamp_;
  snapshot_ptr snapshot_;
  targets_ptr targets_;
};

} // namespace otafleet::uptane
