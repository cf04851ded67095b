// The Image repository's delegated targets (protocol.md section 5.4).
#include <utility>

#include "uptane/judging.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

subject on(const delegation& of) {
  return {repository::image, role::targets, of.name};
}

/// What a delegation that the snapshot does not list must have: a version that none has.
std::int32_t announced_version(const role_description* announced) noexcept {
  return announced != nullptr ? announced->version : -1;
}

verdict check_authentic(const delegation& of, const envelope& document, const targets& delegating,
                        const role_description* announced, probe& watch) {
  verdict result;
  if (announced != nullptr && !hashes_fit(*announced, document))
    result = reject(failure_code::delegation_hash_mismatch, on(of),
                    "the document's hash is not the one that the snapshot gives");
  return step(watch, on(of), "hash", std::move(result),
              [&] {
                return announced != nullptr && has_hash(*announced) ? "hash as the snapshot says"
                                                                    : "the snapshot gives no hash";
              })
      .and_then([&] { return check_delegation_signatures(of, document, delegating, watch); });
}

} // namespace

targets_ptr image_trust::delegation(std::string_view name) const {
  const auto found = delegations_.find(name);
  return found == delegations_.end() ? nullptr : found->second;
}

tl::expected<targets_ptr, failure> image_trust::stored_delegation(const uptane::delegation& of,
                                                                  const uptane::targets& delegating, judge& by) const {
  auto stored = delegation(of.name);
  if (stored == nullptr)
    return stored;
  const auto* announced = announced_.of(of.name);
  const auto wanted = announced_version(announced);
  if (stored->version > wanted) {
    const auto result =
        step(by.watch, on(of), "version",
             verdict{reject(failure_code::security_exception, on(of),
                            "Rollback attempt on delegated targets: version " + std::to_string(stored->version) +
                                " is stored, the snapshot gives " + std::to_string(wanted))},
             [] { return "version"; });
    return tl::unexpected(result.error());
  }
  if (stored->version < wanted)
    return nullptr;
  return check_authentic(of, *stored, delegating, announced, by.watch).map([&] { return stored; });
}

tl::expected<targets_ptr, failure> image_trust::accept_delegation(const uptane::delegation& of,
                                                                  const uptane::targets& delegating,
                                                                  std::string_view text, judge& by) {
  judging bracket{by.watch, on(of)};
  const auto* announced = announced_.of(of.name);
  const auto offered = by.pool.delegation(of.name, text);
  if (!offered)
    return reject_unparsed(by.watch, on(of), offered.error(), text, [&](const envelope& outer) {
      return check_authentic(of, outer, delegating, announced, by.watch);
    });
  const auto& document = **offered;
  auto result = bracket.conclude(check_authentic(of, document, delegating, announced, by.watch).and_then([&] {
    return check_version(by.watch, on(of), announced_version(announced), document, "snapshot");
  }));
  if (!result)
    return tl::unexpected(std::move(result.error()));
  keep_delegation(of.name, *offered);
  return *offered;
}

void image_trust::keep_delegation(std::string_view name, const targets_ptr& document) {
  if (const auto known = delegations_.find(name); known != delegations_.end()) {
    known->second = document;
    return;
  }
  if (delegations_.size() >= max_stored_delegations)
    std::erase_if(delegations_, [&](const auto& one) { return announced_.of(one.first) == nullptr; });
  if (delegations_.size() < max_stored_delegations)
    delegations_.emplace(name, document);
}

} // namespace otafleet::uptane
