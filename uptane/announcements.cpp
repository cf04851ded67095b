#include "uptane/announcements.hpp"

#include <algorithm>
#include <utility>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::string_view timestamp_name = "timestamp.json";
constexpr std::string_view snapshot_name = "snapshot.json";

/// I6 and the signatures of I7: one hash at least, and all of them right.
verdict check_authentic(const envelope& document, repository repo, const timestamp& announced_by, const root& trusted,
                        probe& watch) {
  const subject on{repo, role::snapshot};
  verdict result;
  if (!has_hash(announced_by.snapshot) || !hashes_fit(announced_by.snapshot, document))
    result = reject(failure_code::security_exception, on, "Snapshot metadata hash verification failed");
  return step(watch, on, "hash", std::move(result), [] { return "hash as the timestamp says"; }).and_then([&] {
    return check_signatures(repo, role::snapshot, document, trusted, watch);
  });
}

/// I6 and I7.
verdict check_announced(const snapshot& document, repository repo, const timestamp& announced_by, const root& trusted,
                        probe& watch) {
  return check_authentic(document, repo, announced_by, trusted, watch).and_then([&] {
    return check_version(watch, {repo, role::snapshot}, announced_by.snapshot.version, document, "timestamp");
  });
}

/// TUF section 5.5.5: what was listed stays listed, and goes back in no version.
verdict check_never_back(probe& watch, const subject& on, const snapshot* stored, const snapshot& offered) {
  verdict result;
  if (stored == nullptr)
    return result;
  for (const auto& [name, described] : stored->meta) {
    const auto now = offered.meta.find(name);
    if (now != offered.meta.end() && now->second.version >= described.version)
      continue;
    result = reject(failure_code::security_exception, on,
                    "Rollback attempt: the snapshot " +
                        (now == offered.meta.end() ? std::string{"lists no longer "}
                                                   : "lists version " + std::to_string(now->second.version) + " of ") +
                        shown(name) + ", of which the one before listed version " + std::to_string(described.version));
    break;
  }
  return step(watch, on, "listed versions", std::move(result), [] { return "no listed version is older than before"; });
}

} // namespace

// -- timestamp --------------------------------------------------------------------

verdict announcements::accept_timestamp(std::string_view text, const root* trusted, judge& by) {
  const subject on{repo_, role::timestamp};
  judging bracket{by.watch, on};
  if (trusted == nullptr)
    return nothing_stored({repo_, role::root});
  const auto offered = by.pool.timestamp(repo_, text);
  if (!offered)
    return reject_unparsed(by.watch, on, offered.error(), text, [&](const envelope& outer) {
      return check_signatures(repo_, role::timestamp, outer, *trusted, by.watch);
    });
  return bracket.conclude(take(*offered, *trusted, by));
}

verdict announcements::take(const timestamp_ptr& offered, const root& trusted, judge& by) {
  const subject on{repo_, role::timestamp};
  auto result = check_signatures(repo_, role::timestamp, *offered, trusted, by.watch)
                    .and_then([&] { return check_no_rollback(by.watch, on, timestamp_.get(), *offered); })
                    .and_then([&] { return check_not_expired(by.watch, on, *offered, by.now); });
  if (result)
    timestamp_ = offered;
  return result;
}

// -- snapshot ---------------------------------------------------------------------

bool announcements::needs_snapshot(const root* trusted, judge& by) const {
  if (trusted == nullptr || timestamp_ == nullptr || snapshot_ == nullptr)
    return true;
  return is_outdated(by.watch, {repo_, role::snapshot},
                     [&](probe& watch) { return check_announced(*snapshot_, repo_, *timestamp_, *trusted, watch); });
}

std::uint64_t announcements::snapshot_limit() const noexcept {
  if (timestamp_ == nullptr || timestamp_->snapshot.length <= 0)
    return max_snapshot_bytes;
  return std::min(static_cast<std::uint64_t>(timestamp_->snapshot.length), max_announced_snapshot_bytes);
}

verdict announcements::accept_snapshot(std::string_view text, const root* trusted, judge& by) {
  const subject on{repo_, role::snapshot};
  judging bracket{by.watch, on};
  if (trusted == nullptr || timestamp_ == nullptr)
    return nothing_stored({repo_, role::timestamp});
  if (text.size() > snapshot_limit())
    return step(by.watch, on, "length",
                verdict{reject(failure_code::metadata_fetch_failure, on,
                               "the document is longer than the " + std::to_string(snapshot_limit()) +
                                   " bytes that the timestamp announces")},
                [] { return "length"; });
  const auto offered = by.pool.snapshot(repo_, text);
  if (!offered)
    return reject_unparsed(by.watch, on, offered.error(), text, [&](const envelope& outer) {
      return check_authentic(outer, repo_, *timestamp_, *trusted, by.watch);
    });
  return bracket.conclude(take(*offered, *trusted, by));
}

verdict announcements::take(const snapshot_ptr& offered, const root& trusted, judge& by) {
  const subject on{repo_, role::snapshot};
  auto result = check_announced(*offered, repo_, *timestamp_, trusted, by.watch)
                    .and_then([&] { return check_no_rollback(by.watch, on, snapshot_.get(), *offered); })
                    .and_then([&] {
                      return by.by_rules.snapshot_never_goes_back
                                 ? check_never_back(by.watch, on, snapshot_.get(), *offered)
                                 : verdict{};
                    })
                    .and_then([&] { return check_not_expired(by.watch, on, *offered, by.now); });
  if (result)
    snapshot_ = offered;
  return result;
}

// -- both -------------------------------------------------------------------------

verdict announcements::take_over(const announcements& from, const root* trusted, judge& by) {
  if (trusted == nullptr)
    return nothing_stored({repo_, role::root});
  if (from.timestamp_ == nullptr)
    return nothing_stored({repo_, role::timestamp});
  judging timestamp_bracket{by.watch, {repo_, role::timestamp}};
  if (auto result = timestamp_bracket.conclude(take(from.timestamp_, *trusted, by)); !result)
    return result;
  if (!needs_snapshot(trusted, by))
    return check_snapshot_expiry(by);
  if (from.snapshot_ == nullptr)
    return nothing_stored({repo_, role::snapshot});
  judging snapshot_bracket{by.watch, {repo_, role::snapshot}};
  return snapshot_bracket.conclude(take(from.snapshot_, *trusted, by));
}

verdict announcements::recheck(const root* trusted, judge& by) const {
  if (trusted == nullptr)
    return nothing_stored({repo_, role::root});
  if (timestamp_ == nullptr)
    return nothing_stored({repo_, role::timestamp});
  if (snapshot_ == nullptr)
    return nothing_stored({repo_, role::snapshot});
  return check_signatures(repo_, role::timestamp, *timestamp_, *trusted, by.watch)
      .and_then([&] {
        return check_not_expired(by.watch, {repo_, role::timestamp}, *timestamp_, by.now);
      })
      .and_then([&] { return check_announced(*snapshot_, repo_, *timestamp_, *trusted, by.watch); });
}

verdict announcements::check_snapshot_expiry(judge& by) const {
  if (snapshot_ == nullptr)
    return nothing_stored({repo_, role::snapshot});
  return check_not_expired(by.watch, {repo_, role::snapshot}, *snapshot_, by.now);
}

const role_description* announcements::of(std::string_view role_name) const {
  if (snapshot_ == nullptr)
    return nullptr;
  const auto found = snapshot_->meta.find(std::string{role_name});
  return found == snapshot_->meta.end() ? nullptr : &found->second;
}

void announcements::drop() noexcept {
  timestamp_.reset();
  snapshot_.reset();
}

void announcements::store(documents_by_name& into) const {
  if (timestamp_ != nullptr && timestamp_->source)
    into.emplace(timestamp_name, *timestamp_->source);
  if (snapshot_ != nullptr && snapshot_->source)
    into.emplace(snapshot_name, *snapshot_->source);
}

tl::expected<announcements, failure> announcements::restore(repository repo, const documents_by_name& documents,
                                                            judge& by) {
  announcements result{repo};
  if (const auto found = documents.find(std::string{timestamp_name}); found != documents.end()) {
    auto parsed = by.pool.timestamp(repo, found->second);
    if (!parsed)
      return tl::unexpected(std::move(parsed.error()));
    result.timestamp_ = std::move(*parsed);
  }
  if (const auto found = documents.find(std::string{snapshot_name}); found != documents.end()) {
    auto parsed = by.pool.snapshot(repo, found->second);
    if (!parsed)
      return tl::unexpected(std::move(parsed.error()));
    result.snapshot_ = std::move(*parsed);
  }
  return result;
}

} // namespace otafleet::uptane
