#include "server-stub/image_repository.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "server-stub/json_input.hpp"
#include "uptane/terms.hpp"

namespace otafleet::stub {

namespace {

using nlohmann::json;

constexpr std::int64_t refresh_before_expiry = 3'600;
constexpr std::size_t max_filename = 253;

std::string date(std::int64_t seconds) {
  return uptane::utc_time::from_unix_seconds(seconds).text();
}

bool is_plain(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::optional<refusal> objection_to_name(std::string_view filename) {
  if (filename.empty() || filename.size() > max_filename || filename.find("..") != filename.npos)
    return refusal{400, "invalid_entity", "a file name has 1 to 253 characters and no \"..\""};
  // Parties disagree on how to escape anything else, and with it on hashes and signatures (protocol.md section 4.2).
  if (!is_plain(filename))
    return refusal{400, "not_supported_chars", "file names are printable ASCII"};
  return std::nullopt;
}

std::optional<refusal> objection_to(const image_details& details) {
  const auto invalid = [](const char* what) { return refusal{400, "invalid_entity", what}; };
  if (auto objection = objection_to_name(details.filename))
    return objection;
  if (details.name.empty() || details.version.empty() || details.hardware_ids.empty())
    return invalid("an image has a name, a version and hardwareIds");
  if (details.format != "BINARY" && details.format != "OSTREE")
    return invalid("a targetFormat is BINARY or OSTREE");
  bool plain = is_plain(details.name) && is_plain(details.version);
  for (const auto& hardware_id : details.hardware_ids)
    plain = plain && !hardware_id.empty() && is_plain(hardware_id);
  if (!plain)
    return refusal{400, "not_supported_chars", "names, versions and hardware ids are printable ASCII"};
  return std::nullopt;
}

refusal failed(std::string why) {
  return {500, "internal_server_error", std::move(why)};
}

} // namespace

image_repository::image_repository(repository_keys keys, utc_clock clock, image_store& store)
    : clock_(clock), store_(store), id_(random_uuid()),
      keys_(std::make_shared<const repository_keys>(std::move(keys))) {}

tl::expected<std::unique_ptr<image_repository>, std::string>
image_repository::make(repository_keys keys, utc_clock clock, image_store& store) {
  std::unique_ptr<image_repository> made{new image_repository{std::move(keys), clock, store}};
  auto first = made->sign({}, *made->keys_);
  if (!first)
    return tl::unexpected(first.error().description);
  made->documents_ = std::move(*first);
  return made;
}

// -- signing ----------------------------------------------------------------------

tl::expected<repository_documents_ptr, refusal> image_repository::sign(const state& of,
                                                                       const repository_keys& keys) const {
  auto made = std::make_shared<repository_documents>();
  made->version = documents_ ? documents_->version + 1 : 1;
  made->expires = clock_() + metadata_lifetime_seconds;

  auto targets = signed_part("Targets", made->expires, made->version);
  auto& list = targets["targets"] = json::object();
  for (const auto& [filename, image] : of.images)
    list[filename] = {{"hashes", {{"sha256", image.image.sha256}}},
                      {"length", image.length},
                      {"custom",
                       {{"name", image.details.name},
                        {"version", image.details.version},
                        {"hardwareIds", image.details.hardware_ids},
                        {"targetFormat", image.details.format},
                        {"uri", image.uri.empty() ? json(nullptr) : json(image.uri)},
                        {"createdAt", date(image.created_at)},
                        {"updatedAt", date(image.updated_at)}}}};
  if (!of.trusted.empty())
    targets["delegations"] = delegations_json(of.trusted);
  auto targets_text = keys.targets.sign(targets);
  if (!targets_text)
    return tl::unexpected(failed(std::move(targets_text.error())));
  if (targets_text->size() > max_targets_document)
    return tl::unexpected(refusal{400, "large_targets_file_size", "targets.json would exceed 8286208 bytes"});

  auto snapshot = signed_part("Snapshot", made->expires, made->version);
  snapshot["meta"] = {{"root.json", description_of(*keys.roots.back(), keys.root_version())},
                      {"targets.json", description_of(*targets_text, made->version)}};
  for (const auto& [name, document] : of.delegated)
    snapshot["meta"][name + ".json"] = description_of(*document->text, document->version);
  auto snapshot_text = keys.snapshot.sign(snapshot);
  if (!snapshot_text)
    return tl::unexpected(failed(std::move(snapshot_text.error())));

  auto timestamp = signed_part("Timestamp", made->expires, made->version);
  timestamp["meta"]["snapshot.json"] = description_of(*snapshot_text, made->version);
  auto timestamp_text = keys.timestamp.sign(timestamp);
  if (!timestamp_text)
    return tl::unexpected(failed(std::move(timestamp_text.error())));

  made->targets_checksum = pki::sha256_hex(as_bytes(*targets_text));
  made->targets = std::make_shared<const std::string>(std::move(*targets_text));
  made->snapshot = std::make_shared<const std::string>(std::move(*snapshot_text));
  made->timestamp = std::make_shared<const std::string>(std::move(*timestamp_text));
  return made;
}

tl::expected<void, refusal> image_repository::become(state next) {
  auto documents = sign(next, *keys_);
  if (!documents)
    return tl::unexpected(std::move(documents.error()));
  const std::lock_guard lock{mutex_};
  state_ = std::move(next);
  documents_ = std::move(*documents);
  return {};
}

tl::expected<void, refusal> image_repository::renew() {
  const std::lock_guard changing{change_mutex_};
  return become(state_);
}

tl::expected<std::int64_t, refusal> image_repository::rotate(const std::set<uptane::role>& roles) {
  const std::lock_guard changing{change_mutex_};
  auto rotated = keys_->rotated(roles, clock_());
  if (!rotated)
    return tl::unexpected(std::move(rotated.error()));
  auto next = std::make_shared<const repository_keys>(std::move(*rotated));
  auto documents = sign(state_, *next);
  if (!documents)
    return tl::unexpected(std::move(documents.error()));
  const auto version = next->root_version();
  const std::lock_guard lock{mutex_};
  keys_ = std::move(next);
  documents_ = std::move(*documents);
  return version;
}

// -- images -----------------------------------------------------------------------

tl::expected<void, refusal> image_repository::add(image_details details, std::string content) {
  if (auto objection = objection_to(details))
    return tl::unexpected(std::move(*objection));
  auto image = store_.keep(std::move(content));
  if (!image)
    return tl::unexpected(std::move(image.error()));
  const auto length = image->content->size();
  return add({std::move(details), std::move(*image), length, {}});
}

tl::expected<void, refusal> image_repository::add(image_details details, content_elsewhere content) {
  if (auto objection = objection_to(details))
    return tl::unexpected(std::move(*objection));
  return add({std::move(details), {std::move(content.sha256), nullptr}, content.length, std::move(content.uri)});
}

tl::expected<void, refusal> image_repository::add(entry added) {
  const std::lock_guard changing{change_mutex_};
  auto next = state_; // only changes write it, and they take turns
  added.updated_at = clock_();
  added.created_at = added.updated_at;
  auto filename = added.details.filename;
  if (const auto before = next.images.find(filename); before != next.images.end())
    added.created_at = before->second.created_at;
  next.images.insert_or_assign(std::move(filename), std::move(added));
  return become(std::move(next));
}

tl::expected<void, refusal> image_repository::upload(std::string filename, std::string content) {
  if (auto objection = objection_to_name(filename))
    return tl::unexpected(std::move(*objection));
  auto image = store_.keep(std::move(content));
  if (!image)
    return tl::unexpected(std::move(image.error()));
  const std::lock_guard lock{mutex_};
  if (state_.images.contains(filename) || uploads_.contains(filename))
    return tl::unexpected(refusal{409, "conflicting_entity", "there is a file of that name already"});
  if (uploads_.size() >= max_uploads)
    return tl::unexpected(refusal{409, "too_many_elements", "a repository holds at most 10000 unlisted files"});
  uploads_.emplace(std::move(filename), std::move(image->content));
  return {};
}

// -- delegations ------------------------------------------------------------------

tl::expected<void, refusal> image_repository::trust_keys(std::map<std::string, pki::public_key> keys) {
  const std::lock_guard changing{change_mutex_};
  auto next = state_;
  next.trusted.keys = std::move(keys);
  if (auto checked = check_delegations(next.trusted); !checked)
    return checked;
  return become(std::move(next));
}

tl::expected<void, refusal> image_repository::trust_roles(std::vector<delegated_role> roles) {
  const std::lock_guard changing{change_mutex_};
  auto next = state_;
  next.trusted.roles = std::move(roles);
  if (auto checked = check_delegations(next.trusted); !checked)
    return checked;
  return become(std::move(next));
}

delegations image_repository::trusted() const {
  const std::lock_guard lock{mutex_};
  return state_.trusted;
}

tl::expected<void, refusal> image_repository::put_delegation(std::string_view name, std::string_view body) {
  const std::lock_guard changing{change_mutex_};
  auto document = read_delegated_document(name, body, state_.trusted, state_.delegated);
  if (!document)
    return tl::unexpected(std::move(document.error()));
  if (state_.delegated.size() >= max_delegated_documents && !state_.delegated.contains(name))
    return tl::unexpected(refusal{409, "too_many_elements", "a repository holds at most 1000 delegations"});
  auto next = state_;
  next.delegated.insert_or_assign(std::string{name}, std::make_shared<const delegated_document>(std::move(*document)));
  return become(std::move(next));
}

tl::expected<shared_text, refusal> image_repository::delegation(std::string_view document) const {
  constexpr std::string_view suffix = ".json";
  const auto name = document.ends_with(suffix) ? document.substr(0, document.size() - suffix.size()) : "";
  const std::lock_guard lock{mutex_};
  const auto found = state_.delegated.find(name);
  if (found == state_.delegated.end())
    return tl::unexpected(refusal{404, "missing_entity", "there is no such delegation"});
  return found->second->text;
}

// -- what devices ask -------------------------------------------------------------

tl::expected<repository_documents_ptr, refusal> image_repository::documents() {
  const auto fresh_until = clock_() + refresh_before_expiry;
  {
    const std::lock_guard lock{mutex_};
    if (documents_->expires > fresh_until)
      return documents_;
  }
  const std::lock_guard changing{change_mutex_};
  if (documents_->expires > fresh_until) // another thread was faster
    return documents_;
  if (auto renewed = become(state_); !renewed)
    return tl::unexpected(std::move(renewed.error()));
  return documents_;
}

std::shared_ptr<const repository_keys> image_repository::keys() const {
  const std::lock_guard lock{mutex_};
  return keys_;
}

tl::expected<shared_text, refusal> image_repository::root(std::int64_t version) const {
  return keys()->root_of(version);
}

std::optional<std::string> image_repository::uri_of(std::string_view filename) const {
  const std::lock_guard lock{mutex_};
  const auto found = state_.images.find(filename);
  if (found == state_.images.end() || found->second.image.content)
    return std::nullopt;
  return found->second.uri;
}

pki::private_key image_repository::targets_key() const {
  return keys()->targets.private_key();
}

shared_text image_repository::content(std::string_view filename) const {
  const std::lock_guard lock{mutex_};
  if (const auto listed = state_.images.find(filename); listed != state_.images.end())
    return listed->second.image.content;
  const auto uploaded = uploads_.find(filename);
  return uploaded == uploads_.end() ? nullptr : uploaded->second;
}

} // namespace otafleet::stub
