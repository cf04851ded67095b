// The steps that accepting a document has in common, whatever its role. Private to this room.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "uptane/judge.hpp"
#include "uptane/subject.hpp"

namespace otafleet::uptane {

/// Brackets the judging of one document for the probe; not accepted unless `conclude` was told so.
class judging {
public:
  judging(probe& watch, const subject& on) : watch_(watch), on_(on) { watch_.document_begins(on_.repo, on_.of); }
  ~judging() { watch_.document_ends(on_.repo, on_.of, accepted_); }
  judging(const judging&) = delete;
  judging& operator=(const judging&) = delete;

  [[nodiscard]] verdict conclude(verdict result) {
    accepted_ = result.has_value();
    return result;
  }

private:
  probe& watch_;
  subject on_;
  bool accepted_ = false;
};

/// For checks whose outcome decides only what to do next: times signatures like any other, but tells no steps.
class quiet_probe final : public probe {
public:
  explicit quiet_probe(probe& behind) noexcept : behind_(behind) {}

  [[nodiscard]] bool check(role of, const pki::public_key& key, byte_view message, byte_view signature) override {
    return behind_.check(of, key, message, signature);
  }
  void document_begins(repository repo, role of) override { behind_.document_begins(repo, of); }
  void document_ends(repository repo, role of, bool accepted) override { behind_.document_ends(repo, of, accepted); }

private:
  probe& behind_;
};

[[nodiscard]] inline tl::unexpected<failure> reject(failure_code code, const subject& on, std::string detail) {
  return tl::unexpected(on.wrong(code, std::move(detail)));
}

/// Tells the probe of one check of the kind `what`, and passes its result on. `found` makes the text for a good one.
template <class Found>
[[nodiscard]] verdict step(probe& watch, const subject& on, std::string_view what, verdict result, Found&& found) {
  if (watch.wants_steps()) {
    if (result)
      watch.step_judged(on.repo, on.name(), found(), nullptr);
    else
      watch.step_judged(on.repo, on.name(), what, &result.error());
  }
  return result;
}

/// Whether the stored document no longer passes `check`, so that it must be fetched; which is no failure.
template <class Check>
[[nodiscard]] bool is_outdated(probe& watch, const subject& on, Check&& check) {
  quiet_probe quiet{watch};
  const bool fits = check(static_cast<probe&>(quiet)).has_value();
  if (watch.wants_steps())
    watch.step_judged(on.repo, on.name(), fits ? "the stored one is current" : "the stored one is not current",
                      nullptr);
  return !fits;
}

/// What to say of a document that did not parse: aktualizr looks at hash and signatures before it looks at the content,
/// so theirs is the failure when they are wrong too (protocol.md section 5). `checks` judges them on the outermost
/// layer.
[[nodiscard]] tl::unexpected<failure> reject_unparsed(probe& watch, const subject& on, failure reason,
                                                      std::string_view text,
                                                      const std::function<verdict(const envelope&)>& checks);

/// Signatures against any keys. `whose` says in steps by whom, where it is not plain.
[[nodiscard]] verdict check_signed(probe& watch, const subject& on, const envelope& document, const role_keys* wanted,
                                   const std::map<std::string, pki::public_key>& keys, std::string_view whose = {});

[[nodiscard]] verdict check_not_expired(probe& watch, const subject& on, const envelope& document, utc_time now);

/// D8, I3, I8, I12: nothing older than what is stored, if anything is.
[[nodiscard]] verdict check_no_rollback(probe& watch, const subject& on, const envelope* stored,
                                        const envelope& offered);

// -- what one document says of another --------------------------------------------

/// True when at least one hash is given.
[[nodiscard]] bool has_hash(const role_description& announced) noexcept;
/// True when every hash that is given is the document's.
[[nodiscard]] bool hashes_fit(const role_description& announced, const envelope& document) noexcept;

/// The document is of the version that the document `by` (`timestamp`, `snapshot`) gives; none fits -1.
[[nodiscard]] verdict check_version(probe& watch, const subject& on, std::int32_t announced, const envelope& document,
                                    std::string_view by);

/// I9 to I11: targets of either repository against its snapshot. Hashes are optional, but those that are given must
/// fit; targets that the snapshot does not list (`announced` is null) have the expected version -1, and so none fits.
[[nodiscard]] verdict check_authentic_targets(const envelope& document, repository repo,
                                              const role_description* announced, const root& trusted, probe& watch);
[[nodiscard]] verdict check_announced_targets(const targets& document, repository repo,
                                              const role_description* announced, const root& trusted, probe& watch);

// -- a new root --------------------------------------------------------------------

/// What else a device forgets with a new root.
struct forgotten {
  bool announcements = false;
  bool targets = false;
};
/// By aktualizr's rules everything, if there was a root before; by `keeps_metadata_on_new_root` what is signed with
/// keys that the new root changed, timestamp and snapshot together.
[[nodiscard]] forgotten forgotten_with(const root* before, const root& now, const rules& by);

// -- storage -----------------------------------------------------------------------

[[nodiscard]] verdict nothing_stored(const subject& on);

} // namespace otafleet::uptane
