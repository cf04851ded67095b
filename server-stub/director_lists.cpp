// The Director's signed documents: what devices are served, and the keys behind it.
#include <utility>

#include <nlohmann/json.hpp>

#include "server-stub/director.hpp"
#include "server-stub/director_targets.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_empty_lists = 256;
constexpr std::int64_t refresh_before_expiry = 3'600;
/// A shared list this much short of its full life is made anew for the next device.
constexpr std::int64_t shared_list_age = 86'400;

refusal failed(std::string why) {
  return {500, "internal_server_error", std::move(why)};
}

} // namespace

tl::expected<shared_text, refusal> director::targets(std::string_view device) {
  auto current = list(device);
  if (!current)
    return tl::unexpected(std::move(current.error()));
  return shared_text{*current, &(*current)->text};
}

signed_list_ptr director::shared_list(device_record& record) const {
  const auto known = empty_lists_.find(record.list_version);
  if (known == empty_lists_.end() || known->second->expires + shared_list_age < record.list_expires)
    return nullptr;
  record.list_expires = known->second->expires;
  return known->second;
}

tl::expected<signed_list_ptr, refusal> director::list(std::string_view device) {
  ecu_set_ptr ecus;
  std::shared_ptr<const repository_keys> keys;
  std::vector<open_assignment> listed;
  std::uint32_t generation = 0;
  std::string image_base;
  signed_list_ptr made;
  {
    const std::lock_guard lock{mutex_};
    auto& record = seen(device);
    if (!record.ecus)
      return tl::unexpected(no_ecus());
    const auto now = record.last_seen;
    if (record.outdated || record.key_generation != key_generation_ ||
        record.list_expires <= now + refresh_before_expiry) {
      record.outdated = false;
      record.key_generation = key_generation_;
      record.list = nullptr;
      record.list_expires = now + metadata_lifetime_seconds;
      ++record.list_version;
      for (const auto at : listable(record.assignments))
        record.assignments[at].in_flight = true;
      if (!record.assignments.empty())
        record.assignment = assignment_state::in_flight;
    }
    if (record.list)
      return record.list;
    for (const auto& open : record.assignments)
      if (open.in_flight)
        listed.push_back(open);
    if (listed.empty()) {
      if (auto known = shared_list(record))
        return known;
    }
    made = std::make_shared<signed_list>();
    made->version = record.list_version;
    made->expires = record.list_expires;
    generation = record.key_generation;
    ecus = record.ecus;
    keys = keys_;
    if (like_.directs_by_uri)
      image_base = image_base_;
  }

  auto document = keys->targets.sign(director_targets(*ecus, listed, made->expires, made->version, image_base));
  if (!document)
    return tl::unexpected(failed(std::move(document.error())));
  made->text = std::move(*document);

  const std::lock_guard lock{mutex_};
  auto& record = *devices_.find(device);
  // Otherwise something changed meanwhile, and the next request finds what follows.
  if (generation != key_generation_ || record.outdated || record.list_version != made->version)
    return made;
  if (listed.empty() && (empty_lists_.size() < max_empty_lists || empty_lists_.contains(made->version))) {
    // Another thread may have been faster; its list may be described in a snapshot already.
    if (auto known = shared_list(record))
      return known;
    empty_lists_[made->version] = made;
  } else {
    record.list = made;
  }
  return made;
}

tl::expected<std::shared_ptr<const list_announcement>, refusal> director::announcement(std::string_view device) {
  const auto current = list(device);
  if (!current)
    return tl::unexpected(current.error());
  auto& of = **current;
  std::shared_ptr<const repository_keys> keys;
  {
    const std::lock_guard lock{mutex_};
    if (of.announced)
      return of.announced;
    keys = keys_;
  }
  auto made = announce_list(of.text, of.version, of.expires, *keys);
  if (!made)
    return tl::unexpected(failed(std::move(made.error())));
  const std::lock_guard lock{mutex_};
  // Signatures may differ each time, so that the first ones stay: a snapshot must be the one its timestamp describes.
  if (!of.announced)
    of.announced = std::make_shared<const list_announcement>(std::move(*made));
  return of.announced;
}

tl::expected<shared_text, refusal> director::snapshot(std::string_view device) {
  auto current = announcement(device);
  if (!current)
    return tl::unexpected(std::move(current.error()));
  return shared_text{*current, &(*current)->snapshot};
}

tl::expected<shared_text, refusal> director::timestamp(std::string_view device) {
  auto current = announcement(device);
  if (!current)
    return tl::unexpected(std::move(current.error()));
  return shared_text{*current, &(*current)->timestamp};
}

std::shared_ptr<const repository_keys> director::keys() const {
  const std::lock_guard lock{mutex_};
  return keys_;
}

tl::expected<shared_text, refusal> director::root(std::int64_t version) const {
  return keys()->root_of(version);
}

tl::expected<std::int64_t, refusal> director::rotate(const std::set<uptane::role>& roles) {
  const std::lock_guard rotating{rotation_mutex_};
  auto rotated = keys()->rotated(roles, clock_());
  if (!rotated)
    return tl::unexpected(std::move(rotated.error()));
  auto next = std::make_shared<const repository_keys>(std::move(*rotated));
  const auto version = next->root_version();
  const std::lock_guard lock{mutex_};
  keys_ = std::move(next);
  // The root key signs nothing but roots.
  if (roles != std::set{uptane::role::root}) {
    ++key_generation_;
    empty_lists_.clear();
  }
  return version;
}

tl::expected<list_material, refusal> director::material(std::string_view device) {
  const std::lock_guard lock{mutex_};
  const auto& record = seen(device);
  if (!record.ecus)
    return tl::unexpected(no_ecus());
  list_material found{record.ecus, {}, record.list_version};
  for (const auto at : listable(record.assignments))
    found.assignments.push_back(record.assignments[at]);
  return found;
}

std::int32_t director::reserve_version(std::string_view device, std::int32_t held) {
  const std::lock_guard lock{mutex_};
  auto& record = seen(device);
  if (held != 0 && record.outdated && record.list_version == held)
    return held;
  outdate(record);
  return ++record.list_version;
}

} // namespace otafleet::stub
