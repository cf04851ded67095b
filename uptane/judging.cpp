#include "uptane/judging.hpp"

#include "uptane/document_reader.hpp"

namespace otafleet::uptane {

tl::unexpected<failure> reject_unparsed(failure reason, role of, std::string_view text,
                                        const std::function<verdict(const envelope&)>& checks) {
  const auto outer = parse_envelope(reason.repo, of, text);
  if (!outer)
    return tl::unexpected(std::move(reason));
  auto authentic = checks(*outer);
  return tl::unexpected(authentic ? std::move(reason) : std::move(authentic.error()));
}

verdict check_not_expired(repository repo, role of, const envelope& document, utc_time now) {
  if (document.expires < now)
    return reject(failure_code::expired_metadata, repo, of,
                  "the document expired at " + document.expires.text() + "; it is " + now.text());
  return {};
}

verdict check_no_rollback(repository repo, role of, std::int32_t stored, std::int32_t offered) {
  if (offered < stored)
    return reject(failure_code::security_exception, repo, of,
                  "Rollback attempt: version " + std::to_string(offered) + " after version " + std::to_string(stored));
  return {};
}

verdict nothing_stored(repository repo, role of) {
  return reject(failure_code::metadata_fetch_failure, repo, of, "no such document is stored");
}

} // namespace otafleet::uptane
