// The roots that a device trusts of one repository, from the first one on.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "uptane/judge.hpp"

namespace otafleet::uptane {

/// Documents by the name under which the repository serves them: `1.root.json`, `targets.json`,
/// `delegations/<name>.json` with the name as it is, not encoded.
using documents_by_name = std::map<std::string, std::string>;

/// A chain of roots of one repository; steps D1 to D4 and I1.
class root_chain {
public:
  explicit root_chain(repository repo) noexcept : repo_(repo) {}

  /// Version of the next file to ask for: 1 when nothing is trusted yet.
  [[nodiscard]] std::int32_t next_version() const noexcept { return roots_.empty() ? 1 : roots_.back()->version + 1; }

  /// Accepts `text` as the next root, and changes nothing when it does not: verified by itself when it is the first,
  /// else by the current root and by itself, with a version of exactly `next_version()`.
  [[nodiscard]] verdict accept(std::string_view text, judge& by);
  /// The same for a root that another chain holds.
  [[nodiscard]] verdict accept(const root_ptr& offered, judge& by);

  /// D4: the current root, whatever came before it, must not be expired. Precondition: `current()`.
  [[nodiscard]] verdict check_expiry(judge& by) const;
  [[nodiscard]] verdict check_expiry(utc_time now) const;

  /// D1 again, for the offline re-verification: the current root verifies against itself and is not expired.
  [[nodiscard]] verdict recheck(judge& by) const;

  /// Null when nothing is trusted yet.
  [[nodiscard]] const root_ptr& current() const noexcept;
  /// Every root that was accepted, newest last.
  [[nodiscard]] const std::vector<root_ptr>& roots() const noexcept { return roots_; }

  // -- storage ----------------------------------------------------------------

  /// Whether `name` is `<N>.root.json`.
  [[nodiscard]] static bool is_root_name(std::string_view name);
  /// Adds the texts of all roots; those without a kept source are left out.
  void store(documents_by_name& into) const;
  /// Takes back all `<N>.root.json` among `documents`: versions without a gap, each what its name says.
  [[nodiscard]] static tl::expected<root_chain, failure> restore(repository repo, const documents_by_name& documents,
                                                                 judge& by);

private:
  [[nodiscard]] verdict judge_next(const root& offered, judge& by) const;

  repository repo_;
  std::vector<root_ptr> roots_;
};

} // namespace otafleet::uptane
