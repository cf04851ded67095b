#include "uptane/target_search.hpp"

#include <algorithm>
#include <cassert>
#include <fnmatch.h>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"

namespace otafleet::uptane {
namespace {

failure of_image(failure_code code, std::string detail) {
  return failure{code, repository::image, std::nullopt, std::move(detail)};
}

bool covers(const delegation& one, const std::string& filename) {
  return std::ranges::any_of(one.paths, [&](const std::string& glob) {
    // A name with a zero byte in it would be matched by its beginning.
    return filename.find('\0') == std::string::npos && fnmatch(glob.c_str(), filename.c_str(), 0) == 0;
  });
}

const target* find_name(std::string_view filename, const targets& in) {
  const auto found = std::ranges::lower_bound(in.list, filename, {}, &target::filename);
  return found == in.list.end() || found->filename != filename ? nullptr : &*found;
}

} // namespace

const target* find_match(const target& wanted, const targets& in) {
  const auto* found = find_name(wanted.filename, in);
  return found != nullptr && matches(wanted, *found) ? found : nullptr;
}

target_search::target_search(target wanted) : wanted_(std::move(wanted)) {}

// -- the walk -------------------------------------------------------------------------

tl::expected<target_search::step, failure> target_search::next(image_trust& image, judge& by) {
  if (image.targets() == nullptr)
    return reject(failure_code::metadata_fetch_failure, {repository::image, role::targets},
                  "no such document is stored");
  if (!has_begun_)
    begin(image, by);
  while (!found_) {
    const auto* at = at_ != nullptr ? at_ : advance();
    if (at == nullptr)
      return tl::unexpected(nothing_found(by));
    const auto stored = image.stored_delegation(*at, *way_.back().document, by);
    if (!stored)
      return tl::unexpected(stored.error());
    if (*stored == nullptr)
      return needs{at->name};
    enter(*stored, by);
  }
  return *found_;
}

verdict target_search::accept(image_trust& image, std::string_view text, judge& by) {
  assert(at_ != nullptr);
  auto document = image.accept_delegation(*at_, *way_.back().document, text, by);
  if (!document)
    return tl::unexpected(std::move(document.error()));
  enter(*document, by);
  return {};
}

failure target_search::missing(std::string detail) const {
  assert(at_ != nullptr);
  return subject{repository::image, role::targets, at_->name}.wrong(failure_code::delegation_missing,
                                                                    std::move(detail));
}

void target_search::begin(const image_trust& image, judge& by) {
  has_begun_ = true;
  look_into(*image.targets(), to_string(role::targets), by);
  way_.push_back({image.targets()});
}

const delegation* target_search::advance() {
  while (!way_.empty() && searched_count_ < max_searched_delegations) {
    auto& here = way_.back();
    if (here.depth >= max_delegation_depth || here.next_delegation >= here.document->delegations.size()) {
      way_.pop_back();
      continue;
    }
    const auto& one = here.document->delegations[here.next_delegation++];
    if (!covers(one, wanted_.filename))
      continue;
    // What was searched from here on before, with at least as many levels left, holds no more now.
    const auto [known, is_new] = searched_.try_emplace({here.document, one.name}, here.depth);
    if (!is_new && known->second <= here.depth)
      continue;
    known->second = here.depth;
    ++searched_count_;
    return at_ = &one;
  }
  return nullptr;
}

/// The document of the delegation in question is good.
void target_search::enter(const targets_ptr& document, judge& by) {
  const auto& of = *at_;
  const auto depth = way_.back().depth + 1;
  const subject on{repository::image, role::targets, of.name};
  at_ = nullptr;
  const bool is_current = check_not_expired(by.watch, on, *document, by.now).has_value();
  if (is_current)
    look_into(*document, of.name, by);
  if (of.terminating && by.by_rules.terminating_ends_search)
    way_.clear();
  if (is_current && (!of.terminating || by.by_rules.terminating_ends_search))
    way_.push_back({document, depth});
}

void target_search::look_into(const targets& document, std::string_view role_name, judge& by) {
  const auto* same_name = find_name(wanted_.filename, document);
  if (same_name == nullptr)
    return;
  if (!matches(wanted_, *same_name)) {
    differs_ = true;
    return;
  }
  found_ = wanted_;
  if (found_->uri.empty())
    found_->uri = same_name->uri;
  if (by.watch.wants_steps())
    by.watch.step_judged(repository::image, role_name, "lists the same " + shown(wanted_.filename), nullptr);
}

failure target_search::nothing_found(judge& by) const {
  auto result = of_image(failure_code::target_mismatch,
                         differs_ ? "the Image repository's " + shown(wanted_.filename) +
                                        " differs in length, hash or hardware from the Director's"
                                  : "the Image repository has no target of the name " + shown(wanted_.filename));
  if (searched_count_ >= max_searched_delegations)
    result.detail += " in the first " + std::to_string(searched_count_) + " delegations";
  if (by.watch.wants_steps())
    by.watch.step_judged(repository::image, to_string(role::targets), "target", &result);
  return result;
}

tl::expected<target, failure> find_stored(const target& wanted, image_trust& image, judge& by) {
  target_search search{wanted};
  auto found = search.next(image, by);
  if (!found)
    return tl::unexpected(std::move(found.error()));
  if (auto* result = std::get_if<target>(&*found))
    return std::move(*result);
  return tl::unexpected(search.missing("the delegation is not stored"));
}

} // namespace otafleet::uptane
