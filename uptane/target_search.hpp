// Looks for the Image repository's word on a target: in its top-level targets, then through delegations (protocol.md
// section 5.4).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "uptane/target.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {

/// Delegations of delegations are followed this deep.
inline constexpr std::size_t max_delegation_depth = 5;
/// A search that has been through this many delegations ends without a match; aktualizr would go on for ever.
inline constexpr std::size_t max_searched_delegations = 1'000;

/// Depth first, in the order of the documents, driven from outside because it may need a document at each step:
///
///   target_search search{wanted};
///   for (;;) {
///     step = search.next(image, by);      fails: that is the verdict
///     step is a target: found
///     step is needs:    fetch, then search.accept(image, text, by) or, without a text, search.missing(why)
///   }
///
/// The image_trust must be the same one from the first step to the last, and not change in between.
class target_search {
public:
  /// `wanted` is the Director's target.
  explicit target_search(target wanted);

  /// Fetch `REPO/delegations/<url-encoded name>.json`, at most `max_delegation_bytes`. The name is a server's: any
  /// UTF-8.
  struct needs {
    std::string delegation;
  };
  /// The Director's target, with the Image repository's `uri` where it has none of its own; or what is missing.
  using step = std::variant<target, needs>;

  /// Goes on until something is found or missing; asked again before `accept`, it says the same again. Stored
  /// delegations of the version that the snapshot gives are used without asking. Fails with `target_mismatch` when
  /// nothing matches, else with what is wrong with a stored delegation.
  [[nodiscard]] tl::expected<step, failure> next(image_trust& image, judge& by);

  /// Judges the text of the delegation that `next` asked for. An expired one is not searched, which is no failure.
  [[nodiscard]] verdict accept(image_trust& image, std::string_view text, judge& by);

  /// `delegation_missing`, for the one that `next` asked for.
  [[nodiscard]] failure missing(std::string detail) const;

private:
  /// A document whose delegations are being walked.
  struct place {
    targets_ptr document;
    /// 0 for the top-level targets.
    std::size_t depth = 0;
    std::size_t next_delegation = 0;
  };

  void begin(const image_trust& image, judge& by);
  /// Goes to the next delegation that is worth a look, and is then `at_`; null when there is none.
  const delegation* advance();
  void enter(const targets_ptr& document, judge& by);
  void look_into(const targets& document, std::string_view role_name, judge& by);
  [[nodiscard]] failure nothing_found(judge& by) const;

  target wanted_;
  bool has_begun_ = false;
  std::optional<target> found_;
  /// The way from the top-level targets to where the search is.
  std::vector<place> way_;
  /// The delegation in question, in the last document of the way; null between two.
  const delegation* at_ = nullptr;
  /// At how small a depth a delegation was looked into, by the document that delegates and the name: a cycle ends here.
  std::map<std::pair<targets_ptr, std::string_view>, std::size_t> searched_;
  std::size_t searched_count_ = 0;
  /// A document lists the filename, but with another image.
  bool differs_ = false;
};

/// For the offline re-check (section 5.5): never asks; a delegation that is not stored in the snapshot's version is
/// `delegation_missing`.
[[nodiscard]] tl::expected<target, failure> find_stored(const target& wanted, image_trust& image, judge& by);

/// The target of `in` that `matches(wanted, ...)`, or null.
[[nodiscard]] const target* find_match(const target& wanted, const targets& in);

} // namespace otafleet::uptane
