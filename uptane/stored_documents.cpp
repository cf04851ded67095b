// What a device writes down of its metadata, and takes back after a restart.
#include <algorithm>
#include <utility>

#include "uptane/judging.hpp"
#include "uptane/shown.hpp"
#include "uptane/trust.hpp"

namespace otafleet::uptane {
namespace {

constexpr std::string_view targets_name = "targets.json";
constexpr std::string_view delegations_folder = "delegations/";
constexpr std::string_view ending = ".json";

/// Empty when `name` is not `delegations/<name>.json`.
std::string_view delegation_in(std::string_view name) {
  if (!name.starts_with(delegations_folder) || !name.ends_with(ending) ||
      name.size() <= delegations_folder.size() + ending.size())
    return {};
  name.remove_prefix(delegations_folder.size());
  name.remove_suffix(ending.size());
  return name;
}

verdict check_name(repository repo, std::string_view name) {
  const bool is_known = root_chain::is_root_name(name) || name == targets_name || name == "timestamp.json" ||
                        name == "snapshot.json" || (repo == repository::image && !delegation_in(name).empty());
  if (!is_known)
    return tl::unexpected(
        failure{failure_code::invalid_metadata, repo, std::nullopt, shown(name) + " is not the name of a document"});
  return {};
}

/// The names are all documents', and there is a root if there is anything.
verdict check_names(repository repo, const documents_by_name& documents) {
  for (const auto& [name, text] : documents)
    if (auto known = check_name(repo, name); !known)
      return known;
  if (!documents.empty() && !documents.contains("1.root.json"))
    return nothing_stored({repo, role::root});
  return {};
}

/// Null when they are not among the documents.
tl::expected<targets_ptr, failure> restore_targets(repository repo, const documents_by_name& documents, judge& by) {
  const auto found = documents.find(std::string{targets_name});
  if (found == documents.end())
    return nullptr;
  return by.pool.targets(repo, found->second);
}

} // namespace

documents_by_name director_trust::stored_documents() const {
  documents_by_name result;
  roots_.store(result);
  announced_.store(result);
  if (targets_ != nullptr && targets_->source)
    result.emplace(targets_name, *targets_->source);
  return result;
}

tl::expected<director_trust, failure> director_trust::restore(const documents_by_name& documents, judge& by) {
  constexpr auto repo = repository::director;
  director_trust result;
  return check_names(repo, documents)
      .and_then([&] { return root_chain::restore(repo, documents, by); })
      .and_then([&](root_chain&& roots) {
        result.roots_ = std::move(roots);
        return announcements::restore(repo, documents, by);
      })
      .and_then([&](announcements&& announced) {
        result.announced_ = std::move(announced);
        return restore_targets(repo, documents, by);
      })
      .map([&](targets_ptr&& targets) {
        result.targets_ = std::move(targets);
        return std::move(result);
      });
}

documents_by_name image_trust::stored_documents() const {
  documents_by_name result;
  roots_.store(result);
  announced_.store(result);
  if (targets_ != nullptr && targets_->source)
    result.emplace(targets_name, *targets_->source);
  for (const auto& [name, document] : delegations_)
    if (document->source)
      result.emplace(std::string{delegations_folder} + name + std::string{ending}, *document->source);
  return result;
}

tl::expected<image_trust, failure> image_trust::restore(const documents_by_name& documents, judge& by) {
  constexpr auto repo = repository::image;
  image_trust result;
  auto top = check_names(repo, documents)
                 .and_then([&] { return root_chain::restore(repo, documents, by); })
                 .and_then([&](root_chain&& roots) {
                   result.roots_ = std::move(roots);
                   return announcements::restore(repo, documents, by);
                 })
                 .and_then([&](announcements&& announced) {
                   result.announced_ = std::move(announced);
                   return restore_targets(repo, documents, by);
                 });
  if (!top)
    return tl::unexpected(std::move(top.error()));
  result.targets_ = std::move(*top);
  for (const auto& [file, text] : documents) {
    const auto name = delegation_in(file);
    if (name.empty())
      continue;
    auto parsed = by.pool.delegation(name, text);
    if (!parsed)
      return tl::unexpected(std::move(parsed.error()));
    result.keep_delegation(name, *parsed);
  }
  return result;
}

} // namespace otafleet::uptane
