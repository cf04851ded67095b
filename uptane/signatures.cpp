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

verdict count_valid(probe& watch, const subject& on, const envelope& document, const role_keys* wanted,
                    const std::map<std::string, pki::public_key>& keys, std::int32_t& valid) {
  const auto message = as_bytes(document.signed_text);
  std::set<std::string_view> seen;
  for (const auto& one : document.signatures) {
    if (!seen.insert(one.key_id).second)
      return reject(failure_code::non_unique_signatures, on, "key " + shown(one.key_id) + " signed more than once");
    if (!is_supported(one.method))
      return reject(failure_code::security_exception, on, "Unsupported sign method " + shown(one.method));
    if (wanted == nullptr || !wanted->key_ids.contains(one.key_id))
      continue;
    const auto key = keys.find(one.key_id);
    if (key != keys.end() && watch.check(on.of, key->second, message, one.value))
      ++valid;
  }
  return {};
}

verdict judge_count(const subject& on, const envelope& document, const role_keys* wanted, std::int32_t valid) {
  if (wanted == nullptr)
    return reject(failure_code::illegal_threshold, on, "the root has no such role");
  // aktualizr tells the two apart for people only: one wrong signature is most often a wrong key.
  if (document.signatures.size() == 1 && valid == 0)
    return reject(failure_code::bad_key_id, on,
                  "the one signature, by key " + shown(document.signatures.front().key_id) +
                      ", is not valid for this role");
  if (valid < wanted->threshold)
    return reject(failure_code::unmet_threshold, on,
                  std::to_string(valid) + " valid signatures of " + std::to_string(wanted->threshold));
  return {};
}

} // namespace

verdict check_signed(probe& watch, const subject& on, const envelope& document, const role_keys* wanted,
                     const std::map<std::string, pki::public_key>& keys, std::string_view whose) {
  std::int32_t valid = 0;
  auto result = count_valid(watch, on, document, wanted, keys, valid).and_then([&] {
    return judge_count(on, document, wanted, valid);
  });
  const auto what = whose.empty() ? "signatures" : "signatures by " + std::string{whose};
  return step(watch, on, what, std::move(result), [&] {
    return what + ": " + std::to_string(valid) + " of " + std::to_string(wanted->threshold) + " needed";
  });
}

verdict check_signatures(repository repo, role of, const envelope& document, const root& trusted, probe& watch) {
  const auto wanted = trusted.roles.find(of);
  return check_signed(watch, {repo, of}, document, wanted == trusted.roles.end() ? nullptr : &wanted->second,
                      trusted.keys);
}

verdict check_delegation_signatures(const delegation& of, const envelope& document, const targets& delegating,
                                    probe& watch) {
  return check_signed(watch, {repository::image, role::targets, of.name}, document, &of.keys,
                      delegating.delegation_keys);
}

} // namespace otafleet::uptane
