// What every check of metadata needs, and the one that all documents have in common: their signatures.
#pragma once

#include <tl/expected.hpp>

#include "uptane/document_pool.hpp"
#include "uptane/failure.hpp"
#include "uptane/metadata.hpp"
#include "uptane/probe.hpp"
#include "uptane/rules.hpp"

namespace otafleet::uptane {

/// What the checks need from outside; all of it must outlive the judge.
struct judge {
  document_pool& pool;
  probe& watch;
  utc_time now;
  const rules& by_rules = aktualizr_rules;
};

using verdict = tl::expected<void, failure>;

/// Checks the signatures of `document` against the keys of `role` in `trusted` (protocol.md section 5.1, "Signature
/// algorithm"): duplicates, unsupported methods, unknown keys, threshold.
[[nodiscard]] verdict check_signatures(repository repo, role of, const envelope& document, const root& trusted,
                                       probe& watch);

/// The same for the targets of a delegation, against the keys that `delegating` gives it.
[[nodiscard]] verdict check_delegation_signatures(const delegation& of, const envelope& document,
                                                  const targets& delegating, probe& watch);

} // namespace otafleet::uptane
