#include "uptane/root_chain.hpp"

#include <cassert>
#include <charconv>
#include <utility>

#include "uptane/judging.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::string_view ending = ".root.json";

verdict signed_by(std::string_view whose, repository repo, const root& offered, const root& signers, probe& watch) {
  const auto wanted = signers.roles.find(role::root);
  return check_signed(watch, {repo, role::root}, offered, wanted == signers.roles.end() ? nullptr : &wanted->second,
                      signers.keys, whose);
}

/// N of `<N>.root.json`, written as a repository does; 0 when `name` is not of that form.
std::int32_t version_in(std::string_view name) {
  if (!name.ends_with(ending))
    return 0;
  name.remove_suffix(ending.size());
  std::int32_t version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
  return error == std::errc{} && end == name.data() + name.size() && std::to_string(version) == name ? version : 0;
}

} // namespace

verdict root_chain::judge_next(const root& offered, judge& by) const {
  verdict result;
  if (current() != nullptr)
    result = signed_by("the root before", repo_, offered, *current(), by.watch);
  if (result)
    result = signed_by("the root itself", repo_, offered, offered, by.watch);
  if (!result)
    return result;
  const subject on{repo_, role::root};
  if (offered.version != next_version())
    result = reject(failure_code::root_rotation_error, on,
                    "the root has version " + std::to_string(offered.version) + ", the next one is " +
                        std::to_string(next_version()));
  return step(by.watch, on, "version", std::move(result),
              [&] { return "version " + std::to_string(offered.version) + " is the next one"; });
}

verdict root_chain::accept(std::string_view text, judge& by) {
  const subject on{repo_, role::root};
  judging bracket{by.watch, on};
  const auto offered = by.pool.root(repo_, text);
  if (!offered)
    return step(by.watch, on, "content", verdict{tl::unexpected(offered.error())}, [] { return "content"; });
  auto result = judge_next(**offered, by);
  if (result)
    roots_.push_back(*offered);
  return bracket.conclude(std::move(result));
}

verdict root_chain::accept(const root_ptr& offered, judge& by) {
  judging bracket{by.watch, {repo_, role::root}};
  auto result = judge_next(*offered, by);
  if (result)
    roots_.push_back(offered);
  return bracket.conclude(std::move(result));
}

verdict root_chain::check_expiry(judge& by) const {
  assert(current() != nullptr);
  return check_not_expired(by.watch, {repo_, role::root}, *current(), by.now);
}

verdict root_chain::check_expiry(utc_time now) const {
  assert(current() != nullptr);
  plain_probe unwatched;
  return check_not_expired(unwatched, {repo_, role::root}, *current(), now);
}

verdict root_chain::recheck(judge& by) const {
  if (current() == nullptr)
    return nothing_stored({repo_, role::root});
  return signed_by("the root itself", repo_, *current(), *current(), by.watch).and_then([&] {
    return check_expiry(by);
  });
}

const root_ptr& root_chain::current() const noexcept {
  static const root_ptr none;
  return roots_.empty() ? none : roots_.back();
}

bool root_chain::is_root_name(std::string_view name) {
  return version_in(name) > 0;
}

void root_chain::store(documents_by_name& into) const {
  for (const auto& one : roots_)
    if (one->source)
      into.emplace(std::to_string(one->version) + std::string{ending}, *one->source);
}

tl::expected<root_chain, failure> root_chain::restore(repository repo, const documents_by_name& documents, judge& by) {
  std::map<std::int32_t, std::string_view> texts;
  for (const auto& [name, text] : documents)
    if (const auto version = version_in(name); version > 0)
      texts.emplace(version, text);
  root_chain result{repo};
  for (const auto& [version, text] : texts) {
    auto parsed = by.pool.root(repo, text);
    if (!parsed)
      return tl::unexpected(std::move(parsed.error()));
    if (version != result.next_version() || (*parsed)->version != version)
      return reject(failure_code::root_rotation_error, {repo, role::root},
                    "the stored root " + std::to_string(version) + " has version " +
                        std::to_string((*parsed)->version) + ", the next one is " +
                        std::to_string(result.next_version()));
    result.roots_.push_back(std::move(*parsed));
  }
  return result;
}

} // namespace otafleet::uptane
