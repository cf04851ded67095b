#include <algorithm>

#include "uptane/judging.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

constexpr auto repo = repository::image;

/// True when every hash that `announced` gives is the document's.
bool hashes_fit(const role_description& announced, const envelope& document) noexcept {
  return (announced.sha256.empty() || announced.sha256 == document.sha256) &&
         (announced.sha512.empty() || announced.sha512 == document.sha512);
}

bool has_hash(const role_description& announced) noexcept {
  return !announced.sha256.empty() || !announced.sha512.empty();
}

/// I6: one hash at least, and all of them right.
verdict check_snapshot_hash(const timestamp& by, const envelope& document) {
  if (!has_hash(by.snapshot) || !hashes_fit(by.snapshot, document))
    return reject(failure_code::security_exception, repo, role::snapshot, "Snapshot metadata hash verification failed");
  return {};
}

verdict check_version(role of, std::int32_t announced, std::int32_t found) {
  if (announced != found)
    return reject(failure_code::version_mismatch, repo, of,
                  "the document has version " + std::to_string(found) + ", not " + std::to_string(announced));
  return {};
}

const role_description* described_targets(const snapshot& by) {
  const auto found = by.meta.find("targets");
  return found == by.meta.end() ? nullptr : &found->second;
}

/// I10: the hashes are optional, but those that are given must fit.
verdict check_targets_hash(const snapshot& by, const envelope& document) {
  const auto* announced = described_targets(by);
  if (announced != nullptr && !hashes_fit(*announced, document))
    return reject(failure_code::security_exception, repo, role::targets, "Snapshot hash mismatch for targets metadata");
  return {};
}

/// I6 and the signatures of I7.
verdict check_authentic_snapshot(const envelope& document, const timestamp& by, const root& trusted, probe& watch) {
  return check_snapshot_hash(by, document).and_then([&] {
    return check_signatures(repo, role::snapshot, document, trusted, watch);
  });
}

/// I6 and I7.
verdict check_snapshot(const snapshot& document, const timestamp& by, const root& trusted, probe& watch) {
  return check_authentic_snapshot(document, by, trusted, watch).and_then([&] {
    return check_version(role::snapshot, by.snapshot.version, document.version);
  });
}

/// I10 and the signatures of I11.
verdict check_authentic_targets(const envelope& document, const snapshot& by, const root& trusted, probe& watch) {
  return check_targets_hash(by, document).and_then([&] {
    return check_signatures(repo, role::targets, document, trusted, watch);
  });
}

/// I10 and I11. Targets that the snapshot does not list have the expected version -1, and so no version fits.
verdict check_targets(const targets& document, const snapshot& by, const root& trusted, probe& watch) {
  return check_authentic_targets(document, by, trusted, watch).and_then([&] {
    const auto* announced = described_targets(by);
    return check_version(role::targets, announced != nullptr ? announced->version : -1, document.version);
  });
}

} // namespace

verdict image_trust::accept_root(std::string_view text, judge& by) {
  const bool is_first = roots_.current() == nullptr;
  auto result = roots_.accept(text, by);
  if (result && !is_first)
    drop_all_but_roots();
  return result;
}

void image_trust::drop_all_but_roots() noexcept {
  timestamp_.reset();
  snapshot_.reset();
  targets_.reset();
}

verdict image_trust::accept_timestamp(std::string_view text, judge& by) {
  judging bracket{by.watch, repo, role::timestamp};
  const auto& trusted = roots_.current();
  if (trusted == nullptr)
    return nothing_stored(repo, role::root);
  auto offered = by.pool.timestamp(text);
  if (!offered)
    return reject_unparsed(std::move(offered.error()), role::timestamp, text, [&](const envelope& outer) {
      return check_signatures(repo, role::timestamp, outer, *trusted, by.watch);
    });
  const auto& document = **offered;
  auto result =
      check_signatures(repo, role::timestamp, document, *trusted, by.watch)
          .and_then([&] {
            return check_no_rollback(repo, role::timestamp, timestamp_ ? timestamp_->version : 0, document.version);
          })
          .and_then([&] { return check_not_expired(repo, role::timestamp, document, by.now); });
  if (result)
    timestamp_ = std::move(*offered);
  return bracket.conclude(std::move(result));
}

bool image_trust::needs_snapshot(judge& by) const {
  return snapshot_ == nullptr || timestamp_ == nullptr ||
         !check_snapshot(*snapshot_, *timestamp_, *roots_.current(), by.watch);
}

std::uint64_t image_trust::snapshot_limit() const noexcept {
  if (timestamp_ == nullptr || timestamp_->snapshot.length <= 0)
    return max_snapshot_bytes;
  return std::min(static_cast<std::uint64_t>(timestamp_->snapshot.length), max_announced_snapshot_bytes);
}

verdict image_trust::accept_snapshot(std::string_view text, judge& by) {
  judging bracket{by.watch, repo, role::snapshot};
  if (roots_.current() == nullptr || timestamp_ == nullptr)
    return nothing_stored(repo, role::timestamp);
  if (text.size() > snapshot_limit())
    return reject(failure_code::metadata_fetch_failure, repo, role::snapshot,
                  "the document is longer than the " + std::to_string(snapshot_limit()) +
                      " bytes that the timestamp announces");
  auto offered = by.pool.snapshot(text);
  if (!offered)
    return reject_unparsed(std::move(offered.error()), role::snapshot, text, [&](const envelope& outer) {
      return check_authentic_snapshot(outer, *timestamp_, *roots_.current(), by.watch);
    });
  const auto& document = **offered;
  auto result =
      check_snapshot(document, *timestamp_, *roots_.current(), by.watch)
          .and_then([&] {
            return check_no_rollback(repo, role::snapshot, snapshot_ ? snapshot_->version : 0, document.version);
          })
          .and_then([&] { return check_not_expired(repo, role::snapshot, document, by.now); });
  if (result)
    snapshot_ = std::move(*offered);
  return bracket.conclude(std::move(result));
}

bool image_trust::needs_targets(judge& by) const {
  return targets_ == nullptr || snapshot_ == nullptr ||
         !check_targets(*targets_, *snapshot_, *roots_.current(), by.watch);
}

verdict image_trust::accept_targets(std::string_view text, judge& by) {
  judging bracket{by.watch, repo, role::targets};
  if (roots_.current() == nullptr || snapshot_ == nullptr)
    return nothing_stored(repo, role::snapshot);
  auto offered = by.pool.targets(repo, text);
  if (!offered)
    return reject_unparsed(std::move(offered.error()), role::targets, text, [&](const envelope& outer) {
      return check_authentic_targets(outer, *snapshot_, *roots_.current(), by.watch);
    });
  const auto& document = **offered;
  auto result = check_targets(document, *snapshot_, *roots_.current(), by.watch)
                    .and_then([&] {
                      return check_no_rollback(repo, role::targets, targets_ ? targets_->version : 0, document.version);
                    })
                    .and_then([&] { return check_not_expired(repo, role::targets, document, by.now); });
  if (result)
    targets_ = std::move(*offered);
  return bracket.conclude(std::move(result));
}

verdict image_trust::check_expiry(utc_time now) const {
  if (snapshot_ == nullptr)
    return nothing_stored(repo, role::snapshot);
  if (targets_ == nullptr)
    return nothing_stored(repo, role::targets);
  return check_not_expired(repo, role::snapshot, *snapshot_, now).and_then([&] {
    return check_not_expired(repo, role::targets, *targets_, now);
  });
}

verdict image_trust::recheck(judge& by) const {
  if (auto root = roots_.recheck(by); !root)
    return root;
  if (timestamp_ == nullptr)
    return nothing_stored(repo, role::timestamp);
  if (snapshot_ == nullptr)
    return nothing_stored(repo, role::snapshot);
  if (targets_ == nullptr)
    return nothing_stored(repo, role::targets);
  const auto& trusted = *roots_.current();
  return check_signatures(repo, role::timestamp, *timestamp_, trusted, by.watch)
      .and_then([&] { return check_not_expired(repo, role::timestamp, *timestamp_, by.now); })
      .and_then([&] { return check_snapshot(*snapshot_, *timestamp_, trusted, by.watch); })
      .and_then([&] { return check_targets(*targets_, *snapshot_, trusted, by.watch); })
      .and_then([&] { return check_expiry(by.now); });
}

} // namespace otafleet::uptane
