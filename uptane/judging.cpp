#include "uptane/judging.hpp"

#include <algorithm>

#include "uptane/document_reader.hpp"

namespace otafleet::uptane {

tl::unexpected<failure> reject_unparsed(probe& watch, const subject& on, failure reason, std::string_view text,
                                        const std::function<verdict(const envelope&)>& checks) {
  if (const auto outer = parse_envelope(on, text)) {
    if (auto authentic = checks(*outer); !authentic)
      return tl::unexpected(std::move(authentic.error()));
  }
  auto result = step(watch, on, "content", verdict{tl::unexpected(std::move(reason))}, [] { return "content"; });
  return tl::unexpected(std::move(result.error()));
}

verdict check_not_expired(probe& watch, const subject& on, const envelope& document, utc_time now) {
  verdict result;
  if (document.expires < now)
    result = reject(failure_code::expired_metadata, on,
                    "the document expired at " + document.expires.text() + "; it is " + now.text());
  return step(watch, on, "expiry", std::move(result), [&] { return "not expired until " + document.expires.text(); });
}

verdict check_no_rollback(probe& watch, const subject& on, const envelope* stored, const envelope& offered) {
  verdict result;
  if (stored != nullptr && offered.version < stored->version)
    result = reject(failure_code::security_exception, on,
                    "Rollback attempt: version " + std::to_string(offered.version) + " after version " +
                        std::to_string(stored->version));
  return step(watch, on, "version", std::move(result), [&] {
    const auto version = "version " + std::to_string(offered.version);
    return stored == nullptr ? version + " is the first" : version + " is not below " + std::to_string(stored->version);
  });
}

bool has_hash(const role_description& announced) noexcept {
  return !announced.sha256.empty() || !announced.sha512.empty();
}

bool hashes_fit(const role_description& announced, const envelope& document) noexcept {
  return (announced.sha256.empty() || announced.sha256 == document.sha256) &&
         (announced.sha512.empty() || announced.sha512 == document.sha512);
}

verdict check_version(probe& watch, const subject& on, std::int32_t announced, const envelope& document,
                      std::string_view by) {
  verdict result;
  if (announced != document.version)
    result =
        reject(failure_code::version_mismatch, on,
               "the document has version " + std::to_string(document.version) + ", not " + std::to_string(announced));
  return step(watch, on, "version", std::move(result),
              [&] { return "version " + std::to_string(document.version) + " as the " + std::string{by} + " says"; });
}

verdict check_authentic_targets(const envelope& document, repository repo, const role_description* announced,
                                const root& trusted, probe& watch) {
  const subject on{repo, role::targets};
  verdict result;
  if (announced != nullptr && !hashes_fit(*announced, document))
    result = reject(failure_code::security_exception, on, "Snapshot hash mismatch for targets metadata");
  return step(watch, on, "hash", std::move(result),
              [&] {
                return announced != nullptr && has_hash(*announced) ? "hash as the snapshot says"
                                                                    : "the snapshot gives no hash";
              })
      .and_then([&] { return check_signatures(repo, role::targets, document, trusted, watch); });
}

verdict check_announced_targets(const targets& document, repository repo, const role_description* announced,
                                const root& trusted, probe& watch) {
  return check_authentic_targets(document, repo, announced, trusted, watch).and_then([&] {
    return check_version(watch, {repo, role::targets}, announced != nullptr ? announced->version : -1, document,
                         "snapshot");
  });
}

namespace {

/// The same keys, not just under the same ids, and the same threshold.
bool same_keys(const root& a, const root& b, role of) {
  const auto in_a = a.roles.find(of);
  const auto in_b = b.roles.find(of);
  if (in_a == a.roles.end() || in_b == b.roles.end())
    return in_a == a.roles.end() && in_b == b.roles.end();
  if (in_a->second.threshold != in_b->second.threshold || in_a->second.key_ids != in_b->second.key_ids)
    return false;
  return std::ranges::all_of(in_a->second.key_ids, [&](const std::string& id) {
    const auto key_a = a.keys.find(id);
    const auto key_b = b.keys.find(id);
    if (key_a == a.keys.end() || key_b == b.keys.end())
      return key_a == a.keys.end() && key_b == b.keys.end();
    return key_a->second.spki_der() == key_b->second.spki_der();
  });
}

} // namespace

forgotten forgotten_with(const root* before, const root& now, const rules& by) {
  if (before == nullptr)
    return {};
  if (!by.keeps_metadata_on_new_root)
    return {.announcements = true, .targets = true};
  return {.announcements = !same_keys(*before, now, role::timestamp) || !same_keys(*before, now, role::snapshot),
          .targets = !same_keys(*before, now, role::targets)};
}

verdict nothing_stored(const subject& on) {
  return reject(failure_code::metadata_fetch_failure, on, "no such document is stored");
}

} // namespace otafleet::uptane
