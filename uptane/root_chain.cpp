#include <cassert>

#include "uptane/judging.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

verdict judge_root(repository repo, const root& offered, const root* current, std::int32_t wanted_version,
                   probe& watch) {
  if (current != nullptr) {
    if (auto by_current = check_signatures(repo, role::root, offered, *current, watch); !by_current)
      return by_current;
  }
  if (auto by_itself = check_signatures(repo, role::root, offered, offered, watch); !by_itself)
    return by_itself;
  if (offered.version != wanted_version)
    return reject(failure_code::root_rotation_error, repo, role::root,
                  "the root has version " + std::to_string(offered.version) + ", the next one is " +
                      std::to_string(wanted_version));
  return {};
}

} // namespace

verdict root_chain::accept(std::string_view text, judge& by) {
  judging bracket{by.watch, repo_, role::root};
  auto offered = by.pool.root(repo_, text);
  if (!offered)
    return tl::unexpected(std::move(offered.error()));
  auto result = judge_root(repo_, **offered, current_.get(), next_version(), by.watch);
  if (result)
    current_ = std::move(*offered);
  return bracket.conclude(std::move(result));
}

verdict root_chain::check_expiry(utc_time now) const {
  assert(current_ != nullptr);
  return check_not_expired(repo_, role::root, *current_, now);
}

verdict root_chain::recheck(judge& by) const {
  if (current_ == nullptr)
    return nothing_stored(repo_, role::root);
  if (auto by_itself = check_signatures(repo_, role::root, *current_, *current_, by.watch); !by_itself)
    return by_itself;
  return check_expiry(by.now);
}

} // namespace otafleet::uptane
