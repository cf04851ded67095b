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

std::optional<refusal> objection_to(const image_details& details) {
  const auto invalid = [](const char* what) { return refusal{400, "invalid_entity", what}; };
  if (details.filename.empty() || details.filename.size() > max_filename ||
      details.filename.find("..") != std::string::npos)
    return invalid("a file name has 1 to 253 characters and no \"..\"");
  if (details.name.empty() || details.version.empty() || details.hardware_ids.empty())
    return invalid("an image has a name, a version and hardwareIds");
  if (details.format != "BINARY" && details.format != "OSTREE")
    return invalid("a targetFormat is BINARY or OSTREE");
  bool plain = is_plain(details.filename) && is_plain(details.name) && is_plain(details.version);
  for (const auto& hardware_id : details.hardware_ids)
    plain = plain && !hardware_id.empty() && is_plain(hardware_id);
  // Parties disagree on how to escape anything else, and with it on hashes and signatures (protocol.md section 4.2).
  if (!plain)
    return refusal{400, "not_supported_chars", "file names, names, versions and hardware ids are printable ASCII"};
  return std::nullopt;
}

refusal failed(std::string why) {
  return {500, "internal_server_error", std::move(why)};
}

} // namespace

image_repository::image_repository(repository_keys keys, utc_clock clock, image_store& store)
    : keys_(std::move(keys)), clock_(clock), store_(store), id_(random_uuid()) {}

tl::expected<std::unique_ptr<image_repository>, std::string>
image_repository::make(repository_keys keys, utc_clock clock, image_store& store) {
  std::unique_ptr<image_repository> made{new image_repository{std::move(keys), clock, store}};
  auto first = made->sign({});
  if (!first)
    return tl::unexpected(first.error().description);
  made->documents_ = std::move(*first);
  return made;
}

tl::expected<repository_documents_ptr, refusal> image_repository::sign(const catalogue& images) const {
  auto made = std::make_shared<repository_documents>();
  made->version = documents_ ? documents_->version + 1 : 1;
  made->expires = clock_() + metadata_lifetime_seconds;

  auto targets = signed_part("Targets", made->expires, made->version);
  auto& list = targets["targets"] = json::object();
  for (const auto& [filename, image] : images)
    list[filename] = {{"hashes", {{"sha256", image.image.sha256}}},
                      {"length", image.image.content->size()},
                      {"custom",
                       {{"name", image.details.name},
                        {"version", image.details.version},
                        {"hardwareIds", image.details.hardware_ids},
                        {"targetFormat", image.details.format},
                        {"uri", nullptr},
                        {"createdAt", date(image.created_at)},
                        {"updatedAt", date(image.updated_at)}}}};
  auto targets_text = keys_.targets.sign(targets);
  if (!targets_text)
    return tl::unexpected(failed(std::move(targets_text.error())));
  if (targets_text->size() > max_targets_document)
    return tl::unexpected(refusal{400, "large_targets_file_size", "targets.json would exceed 8286208 bytes"});

  auto snapshot = signed_part("Snapshot", made->expires, made->version);
  snapshot["meta"] = {{"root.json", description_of(*keys_.root_document, 1)},
                      {"targets.json", description_of(*targets_text, made->version)}};
  auto snapshot_text = keys_.snapshot.sign(snapshot);
  if (!snapshot_text)
    return tl::unexpected(failed(std::move(snapshot_text.error())));

  auto timestamp = signed_part("Timestamp", made->expires, made->version);
  timestamp["meta"]["snapshot.json"] = description_of(*snapshot_text, made->version);
  auto timestamp_text = keys_.timestamp.sign(timestamp);
  if (!timestamp_text)
    return tl::unexpected(failed(std::move(timestamp_text.error())));

  made->targets_checksum = pki::sha256_hex(as_bytes(*targets_text));
  made->targets = std::make_shared<const std::string>(std::move(*targets_text));
  made->snapshot = std::make_shared<const std::string>(std::move(*snapshot_text));
  made->timestamp = std::make_shared<const std::string>(std::move(*timestamp_text));
  return made;
}

tl::expected<void, refusal> image_repository::add(image_details details, std::string content) {
  if (auto objection = objection_to(details))
    return tl::unexpected(std::move(*objection));
  auto image = store_.keep(std::move(content));
  if (!image)
    return tl::unexpected(std::move(image.error()));

  const std::lock_guard changing{change_mutex_};
  auto images = images_; // only changes write it, and they take turns
  const auto now = clock_();
  auto filename = details.filename;
  auto& added = images[filename];
  if (added.image.content == nullptr)
    added.created_at = now;
  added.updated_at = now;
  added.details = std::move(details);
  added.image = std::move(*image);
  auto documents = sign(images);
  if (!documents)
    return tl::unexpected(std::move(documents.error()));
  const std::lock_guard lock{mutex_};
  images_ = std::move(images);
  documents_ = std::move(*documents);
  return {};
}

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
  auto documents = sign(images_);
  if (!documents)
    return documents;
  const std::lock_guard lock{mutex_};
  documents_ = std::move(*documents);
  return documents_;
}

tl::expected<shared_text, refusal> image_repository::root(std::int64_t version) const {
  if (version != 1)
    return tl::unexpected(
        refusal{404, "root_role_not_found", "there is no root of version " + std::to_string(version)});
  return keys_.root_document;
}

shared_text image_repository::content(std::string_view filename) const {
  const std::lock_guard lock{mutex_};
  const auto found = images_.find(filename);
  return found == images_.end() ? nullptr : found->second.image.content;
}

} // namespace otafleet::stub
