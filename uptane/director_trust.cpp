#include <set>
#include <utility>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

constexpr auto repo = repository::director;
constexpr subject on_targets{repo, role::targets};

/// D10.
verdict check_no_delegations(probe& watch, const targets& offered) {
  verdict result;
  if (offered.has_delegations())
    result = reject(failure_code::invalid_metadata, on_targets, "Found unexpected delegation.");
  return step(watch, on_targets, "delegations", std::move(result),
              [] { return "no delegation in the Director's list"; });
}

/// D11.
verdict check_each_ecu_once(probe& watch, const targets& offered) {
  verdict result;
  std::set<std::string_view> seen;
  for (const auto& one : offered.list)
    for (const auto& [serial, hardware_id] : one.ecus)
      if (result && !seen.insert(serial).second)
        result = reject(failure_code::invalid_metadata, on_targets,
                        "Found repeated ECU ID. " + shown(serial) + " is listed under two targets");
  return step(watch, on_targets, "ECUs", std::move(result), [] { return "no ECU is listed twice"; });
}

} // namespace

// -- root ---------------------------------------------------------------------------

verdict director_trust::accept_root(std::string_view text, judge& by) {
  const auto before = roots_.current();
  auto result = roots_.accept(text, by);
  if (result)
    forget_with(before.get(), by);
  return result;
}

void director_trust::forget_with(const root* before, judge& by) {
  const auto lost = forgotten_with(before, *roots_.current(), by.by_rules);
  if (lost.announcements)
    announced_.drop();
  if (lost.targets)
    targets_.reset();
}

// -- timestamp and snapshot -----------------------------------------------------------

verdict director_trust::accept_timestamp(std::string_view text, judge& by) {
  return announced_.accept_timestamp(text, roots_.current().get(), by);
}

bool director_trust::needs_snapshot(judge& by) const {
  return announced_.needs_snapshot(roots_.current().get(), by);
}

verdict director_trust::accept_snapshot(std::string_view text, judge& by) {
  return announced_.accept_snapshot(text, roots_.current().get(), by);
}

// -- targets --------------------------------------------------------------------------

/// D7: signatures, and what the snapshot says where there is one to ask.
verdict director_trust::check_fits(const uptane::targets& document, judge& by) const {
  const auto& trusted = *roots_.current();
  if (!by.by_rules.director_timestamp_and_snapshot)
    return check_signatures(repo, role::targets, document, trusted, by.watch);
  return check_announced_targets(document, repo, announced_.of("targets"), trusted, by.watch);
}

bool director_trust::needs_targets(judge& by) const {
  if (!by.by_rules.director_timestamp_and_snapshot || targets_ == nullptr || roots_.current() == nullptr)
    return true;
  return is_outdated(by.watch, on_targets, [&](probe& watch) {
    judge quiet{by.pool, watch, by.now, by.by_rules};
    return check_fits(*targets_, quiet);
  });
}

verdict director_trust::accept_targets(std::string_view text, judge& by) {
  judging bracket{by.watch, on_targets};
  const auto& trusted = roots_.current();
  if (trusted == nullptr)
    return nothing_stored({repo, role::root});
  const bool is_announced = by.by_rules.director_timestamp_and_snapshot;
  if (is_announced && !announced_.has_snapshot())
    return nothing_stored({repo, role::snapshot});
  // D6: aktualizr verifies what it has stored before every poll, and only warns when that fails.
  if (targets_ != nullptr) {
    quiet_probe watch{by.watch};
    static_cast<void>(check_signatures(repo, role::targets, *targets_, *trusted, watch));
  }

  const auto offered = by.pool.targets(repo, text);
  if (!offered)
    return reject_unparsed(by.watch, on_targets, offered.error(), text, [&](const envelope& outer) {
      return is_announced ? check_authentic_targets(outer, repo, announced_.of("targets"), *trusted, by.watch)
                          : check_signatures(repo, role::targets, outer, *trusted, by.watch);
    });
  return bracket.conclude(take(*offered, by));
}

verdict director_trust::take(const targets_ptr& offered, judge& by) {
  const auto& document = *offered;
  auto result = check_fits(document, by)
                    .and_then([&] { return check_no_rollback(by.watch, on_targets, targets_.get(), document); })
                    .and_then([&] { return check_not_expired(by.watch, on_targets, document, by.now); })
                    .and_then([&] { return check_no_delegations(by.watch, document); })
                    .and_then([&] { return check_each_ecu_once(by.watch, document); });
  if (result) {
    const bool is_newer = targets_ == nullptr || document.version > targets_->version;
    const bool withdraws = targets_ != nullptr && !targets_->list.empty() && document.list.empty();
    if (by.by_rules.director_timestamp_and_snapshot || (is_newer && !withdraws))
      targets_ = offered;
  }
  return result;
}

// -- other occasions ------------------------------------------------------------------

verdict director_trust::check_expiry(judge& by) const {
  if (targets_ == nullptr)
    return nothing_stored(on_targets);
  verdict result;
  if (by.by_rules.director_timestamp_and_snapshot)
    result = announced_.check_snapshot_expiry(by);
  return result.and_then([&] { return check_not_expired(by.watch, on_targets, *targets_, by.now); });
}

verdict director_trust::recheck(judge& by) const {
  auto result = roots_.recheck(by);
  if (result && by.by_rules.director_timestamp_and_snapshot)
    result = announced_.recheck(roots_.current().get(), by);
  if (!result)
    return result;
  if (targets_ == nullptr)
    return nothing_stored(on_targets);
  return check_fits(*targets_, by).and_then([&] { return check_expiry(by); });
}

verdict director_trust::take_over(const director_trust& from, judge& by) {
  for (const auto& one : from.roots_.roots()) {
    if (one->version < roots_.next_version())
      continue;
    const auto before = roots_.current();
    if (auto result = roots_.accept(one, by); !result)
      return result;
    forget_with(before.get(), by);
  }
  if (roots_.current() == nullptr)
    return nothing_stored({repo, role::root});
  auto result = roots_.check_expiry(by);
  if (result && by.by_rules.director_timestamp_and_snapshot)
    result = announced_.take_over(from.announced_, roots_.current().get(), by);
  if (!result)
    return result;
  if (!needs_targets(by))
    return check_expiry(by);
  if (from.targets_ == nullptr)
    return nothing_stored(on_targets);
  judging bracket{by.watch, on_targets};
  return bracket.conclude(take(from.targets_, by));
}

} // namespace otafleet::uptane
