#include <set>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

constexpr auto repo = repository::director;

/// D10 and D11.
verdict check_sanity(const targets& offered) {
  if (offered.has_delegations)
    return reject(failure_code::invalid_metadata, repo, role::targets, "Found unexpected delegation.");
  std::set<std::string_view> seen;
  for (const auto& one : offered.list)
    for (const auto& [serial, hardware_id] : one.ecus)
      if (!seen.insert(serial).second)
        return reject(failure_code::invalid_metadata, repo, role::targets,
                      "Found repeated ECU ID. " + shown(serial) + " is listed under two targets");
  return {};
}

} // namespace

verdict director_trust::accept_root(std::string_view text, judge& by) {
  const bool is_first = roots_.current() == nullptr;
  auto result = roots_.accept(text, by);
  if (result && !is_first)
    drop_targets();
  return result;
}

verdict director_trust::accept_targets(std::string_view text, judge& by) {
  judging bracket{by.watch, repo, role::targets};
  const auto& trusted = roots_.current();
  if (trusted == nullptr)
    return nothing_stored(repo, role::root);
  // D6: aktualizr verifies what it has stored before every poll, and only warns when that fails.
  if (targets_ != nullptr)
    static_cast<void>(check_signatures(repo, role::targets, *targets_, *trusted, by.watch));

  auto offered = by.pool.targets(repo, text);
  if (!offered)
    return reject_unparsed(std::move(offered.error()), role::targets, text, [&](const envelope& outer) {
      return check_signatures(repo, role::targets, outer, *trusted, by.watch);
    });
  const auto& document = **offered;
  auto result = check_signatures(repo, role::targets, document, *trusted, by.watch)
                    .and_then([&] {
                      return check_no_rollback(repo, role::targets, targets_ ? targets_->version : 0, document.version);
                    })
                    .and_then([&] { return check_not_expired(repo, role::targets, document, by.now); })
                    .and_then([&] { return check_sanity(document); });
  if (result) {
    const bool is_newer = targets_ == nullptr || document.version > targets_->version;
    const bool withdraws = targets_ != nullptr && !targets_->list.empty() && document.list.empty();
    if (is_newer && !withdraws)
      targets_ = std::move(*offered);
  }
  return bracket.conclude(std::move(result));
}

verdict director_trust::recheck(judge& by) const {
  if (auto root = roots_.recheck(by); !root)
    return root;
  if (targets_ == nullptr)
    return nothing_stored(repo, role::targets);
  return check_signatures(repo, role::targets, *targets_, *roots_.current(), by.watch).and_then([&] {
    return check_not_expired(repo, role::targets, *targets_, by.now);
  });
}

} // namespace otafleet::uptane
