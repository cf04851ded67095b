// The steps that accepting a document has in common, whatever its role. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "uptane/trust.hpp"

namespace otafleet::uptane {

/// Brackets the judging of one document for the probe; not accepted unless `conclude` was told so.
class judging {
public:
  judging(probe& watch, repository repo, role of) : watch_(watch), repo_(repo), of_(of) {
    watch_.document_begins(repo_, of_);
  }
  ~judging() { watch_.document_ends(repo_, of_, accepted_); }
  judging(const judging&) = delete;
  judging& operator=(const judging&) = delete;

  [[nodiscard]] verdict conclude(verdict result) {
    accepted_ = result.has_value();
    return result;
  }

private:
  probe& watch_;
  repository repo_;
  role of_;
  bool accepted_ = false;
};

[[nodiscard]] inline tl::unexpected<failure> reject(failure_code code, repository repo, role of, std::string detail) {
  return tl::unexpected(failure{code, repo, of, std::move(detail)});
}

/// What to say of a document that did not parse: aktualizr looks at hash and signatures before it looks at the content,
/// so theirs is the failure when they are wrong too (protocol.md section 5). `checks` judges them on the outermost
/// layer.
[[nodiscard]] tl::unexpected<failure> reject_unparsed(failure reason, role of, std::string_view text,
                                                      const std::function<verdict(const envelope&)>& checks);

[[nodiscard]] verdict check_not_expired(repository repo, role of, const envelope& document, utc_time now);

/// D8, I3, I8, I12: nothing older than what is stored.
[[nodiscard]] verdict check_no_rollback(repository repo, role of, std::int32_t stored, std::int32_t offered);

[[nodiscard]] verdict nothing_stored(repository repo, role of);

} // namespace otafleet::uptane
