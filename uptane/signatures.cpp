#include <algorithm>
#include <array>
#include <set>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::array<std::string_view, 3> supported_methods{"rsassa-pss", "rsassa-pss-sha256", "ed25519"};

bool is_supported(std::string_view method) noexcept {
  return std::find(supported_methods.begin(), supported_methods.end(), method) != supported_methods.end();
}

} // namespace

verdict check_signatures(repository repo, role of, const envelope& document, const root& trusted, probe& watch) {
  const auto keys = trusted.roles.find(of);
  const auto message = as_bytes(document.signed_text);
  std::set<std::string_view> seen;
  std::int32_t valid = 0;
  for (const auto& one : document.signatures) {
    if (!seen.insert(one.key_id).second)
      return reject(failure_code::non_unique_signatures, repo, of,
                    "key " + shown(one.key_id) + " signed more than once");
    if (!is_supported(one.method))
      return reject(failure_code::security_exception, repo, of, "Unsupported sign method " + shown(one.method));
    if (keys == trusted.roles.end() || !keys->second.key_ids.contains(one.key_id))
      continue;
    const auto key = trusted.keys.find(one.key_id);
    if (key != trusted.keys.end() && watch.check(of, key->second, message, one.value))
      ++valid;
  }
  if (keys == trusted.roles.end())
    return reject(failure_code::illegal_threshold, repo, of, "the root has no such role");
  // aktualizr tells the two apart for people only: one wrong signature is most often a wrong key.
  if (document.signatures.size() == 1 && valid == 0)
    return reject(failure_code::bad_key_id, repo, of,
                  "the one signature, by key " + shown(document.signatures.front().key_id) +
                      ", is not valid for this role");
  if (valid < keys->second.threshold)
    return reject(failure_code::unmet_threshold, repo, of,
                  std::to_string(valid) + " valid signatures of " + std::to_string(keys->second.threshold));
  return {};
}

} // namespace otafleet::uptane
