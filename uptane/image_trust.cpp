#include <utility>

#include "uptane/judging.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

constexpr auto repo = repository::image;
constexpr subject on_targets{repo, role::targets};

} // namespace

// -- root ---------------------------------------------------------------------------

verdict image_trust::accept_root(std::string_view text, judge& by) {
  const auto before = roots_.current();
  auto result = roots_.accept(text, by);
  if (result)
    forget_with(before.get(), by);
  return result;
}

void image_trust::forget_with(const root* before, judge& by) {
  const auto lost = forgotten_with(before, *roots_.current(), by.by_rules);
  if (lost.announcements)
    announced_.drop();
  if (lost.targets) {
    targets_.reset();
    delegations_.clear();
  }
}

// -- timestamp and snapshot -----------------------------------------------------------

verdict image_trust::accept_timestamp(std::string_view text, judge& by) {
  return announced_.accept_timestamp(text, roots_.current().get(), by);
}

bool image_trust::needs_snapshot(judge& by) const {
  return announced_.needs_snapshot(roots_.current().get(), by);
}

verdict image_trust::accept_snapshot(std::string_view text, judge& by) {
  return announced_.accept_snapshot(text, roots_.current().get(), by);
}

// -- targets --------------------------------------------------------------------------

bool image_trust::needs_targets(judge& by) const {
  if (targets_ == nullptr || !announced_.has_snapshot() || roots_.current() == nullptr)
    return true;
  return is_outdated(by.watch, on_targets, [&](probe& watch) {
    return check_announced_targets(*targets_, repo, announced_.of("targets"), *roots_.current(), watch);
  });
}

verdict image_trust::accept_targets(std::string_view text, judge& by) {
  judging bracket{by.watch, on_targets};
  const auto& trusted = roots_.current();
  if (trusted == nullptr || !announced_.has_snapshot())
    return nothing_stored({repo, role::snapshot});
  const auto offered = by.pool.targets(repo, text);
  if (!offered)
    return reject_unparsed(by.watch, on_targets, offered.error(), text, [&](const envelope& outer) {
      return check_authentic_targets(outer, repo, announced_.of("targets"), *trusted, by.watch);
    });
  return bracket.conclude(take(*offered, by));
}

verdict image_trust::take(const targets_ptr& offered, judge& by) {
  auto result = check_announced_targets(*offered, repo, announced_.of("targets"), *roots_.current(), by.watch)
                    .and_then([&] { return check_no_rollback(by.watch, on_targets, targets_.get(), *offered); })
                    .and_then([&] { return check_not_expired(by.watch, on_targets, *offered, by.now); });
  if (result)
    targets_ = offered;
  return result;
}

// -- other occasions ------------------------------------------------------------------

verdict image_trust::check_expiry(judge& by) const {
  auto snapshot = announced_.check_snapshot_expiry(by);
  if (!snapshot)
    return snapshot;
  if (targets_ == nullptr)
    return nothing_stored(on_targets);
  return check_not_expired(by.watch, on_targets, *targets_, by.now);
}

verdict image_trust::recheck(judge& by) const {
  if (auto root = roots_.recheck(by); !root)
    return root;
  if (auto announced = announced_.recheck(roots_.current().get(), by); !announced)
    return announced;
  if (targets_ == nullptr)
    return nothing_stored(on_targets);
  return check_announced_targets(*targets_, repo, announced_.of("targets"), *roots_.current(), by.watch).and_then([&] {
    return check_expiry(by);
  });
}

verdict image_trust::take_over(const image_trust& from, judge& by) {
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
  if (result)
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
