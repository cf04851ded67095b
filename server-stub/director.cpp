#include "server-stub/director.hpp"

#include <algorithm>
#include <cstring>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "server-stub/director_targets.hpp"
#include "server-stub/ecu_registration.hpp"
#include "server-stub/manifest_check.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_updates = 10'000;
constexpr std::size_t max_empty_lists = 256;
constexpr std::int64_t refresh_before_expiry = 3'600;
/// A shared list this much short of its full life is made anew for the next device.
constexpr std::int64_t shared_list_age = 86'400;
/// So long an assignment of thousands may hold the lock that devices wait for.
constexpr std::size_t devices_per_lock = 256;

refusal no_ecus() {
  return {404, "device_missing_primary_ecu", "the device has registered no ECU"};
}

/// Makes the next request for targets produce a new version.
void outdate(device_record& record) {
  record.outdated = true;
  record.targets = nullptr;
}

/// Enters one ECU's report; true when it fulfils an assignment, which is closed.
bool apply(device_record& record, const ecu_image_report& report) {
  const auto fulfilled =
      std::find_if(record.assignments.begin(), record.assignments.end(), [&](const open_assignment& open) {
        return open.ecu == report.ecu && open.image->filepath == report.image.filepath &&
               open.image->sha256 == report.image.sha256;
      });
  auto& installed = record.installed[report.ecu];
  const bool closes = fulfilled != record.assignments.end();
  if (closes && *fulfilled->image == report.image)
    installed = fulfilled->image;
  else if (!installed || !(*installed == report.image))
    installed = std::make_shared<const image_fact>(report.image);
  if (closes)
    record.assignments.erase(fulfilled);
  return closes;
}

void apply(device_record& record, const manifest_content& content) {
  ++record.manifests;
  if (content.report_counter) {
    if (*content.report_counter < record.last_report_counter)
      ++record.counter_regressions;
    record.last_report_counter = *content.report_counter;
  }
  const bool had_assignments = !record.assignments.empty();
  bool closed = false;
  for (const auto& report : content.reports)
    closed |= apply(record, report);
  if (content.failed) {
    record.assignments.clear();
    if (had_assignments)
      record.assignment = assignment_state::failed;
    // Else the device would find the failed image again at every poll (protocol.md section 9.7).
    outdate(record);
  } else if (closed) {
    if (record.assignments.empty())
      record.assignment = assignment_state::done;
    // A list that is still being signed, or that had no room for what is left, must not be taken for the current one.
    const auto waits = [](const open_assignment& open) { return !open.in_flight; };
    if (!record.targets || std::any_of(record.assignments.begin(), record.assignments.end(), waits))
      outdate(record);
  }
}

} // namespace

director::director(repository_keys keys, utc_clock clock) : keys_(std::move(keys)), clock_(clock) {}

device_record& director::seen(std::string_view device) {
  const auto now = clock_();
  auto& record = devices_.find_or_create(device, now).first;
  record.last_seen = now;
  return record;
}

bool director::enroll(std::string_view device) {
  const std::lock_guard lock{mutex_};
  const auto [record, is_new] = devices_.find_or_create(device, clock_());
  if (is_new)
    record.provisioned = true;
  return is_new;
}

void director::see(std::string_view device) {
  const std::lock_guard lock{mutex_};
  seen(device);
}

tl::expected<bool, refusal> director::register_ecus(std::string_view device, std::string_view body) {
  auto wanted = read_registration(body);
  const std::lock_guard lock{mutex_};
  auto& record = seen(device);
  if (!wanted)
    return tl::unexpected(std::move(wanted.error()));
  const bool first = record.ecus == nullptr;
  if (!first) {
    if (!record.assignments.empty())
      return tl::unexpected(refusal{412, "replace_ecu_assignment_exists",
                                    "ECUs cannot be replaced while an update is assigned to the device"});
    wanted = replace_ecus(*record.ecus, std::move(*wanted));
    if (!wanted)
      return tl::unexpected(std::move(wanted.error()));
  }
  std::vector<image_fact_ptr> installed(wanted->ecus.size());
  for (std::size_t at = 0; !first && at < installed.size(); ++at)
    if (const auto before = record.ecus->find(wanted->ecus[at].serial); before != record.ecus->ecus.size())
      installed[at] = record.installed[before];
  record.ecus = std::make_shared<const ecu_set>(std::move(*wanted));
  record.installed = std::move(installed);
  outdate(record);
  return first;
}

tl::expected<void, refusal> director::accept_manifest(std::string_view device, std::string_view body) {
  for (;;) {
    ecu_set_ptr ecus;
    {
      const std::lock_guard lock{mutex_};
      ecus = seen(device).ecus;
    }
    if (!ecus)
      return tl::unexpected(no_ecus());
    const auto content = check_manifest(body, *ecus);
    if (!content)
      return tl::unexpected(content.error());
    const std::lock_guard lock{mutex_};
    auto& record = seen(device);
    // Its ECUs were replaced meanwhile: places mean something else now.
    if (record.ecus != ecus)
      continue;
    apply(record, *content);
    return {};
  }
}

tl::expected<shared_text, refusal> director::targets(std::string_view device) {
  ecu_set_ptr ecus;
  std::vector<open_assignment> listed;
  std::int32_t version = 0;
  std::int64_t expires = 0;
  {
    const std::lock_guard lock{mutex_};
    auto& record = seen(device);
    if (!record.ecus)
      return tl::unexpected(no_ecus());
    const auto now = record.last_seen;
    if (record.outdated || record.targets_expire <= now + refresh_before_expiry) {
      record.outdated = false;
      record.targets = nullptr;
      record.targets_expire = now + metadata_lifetime_seconds;
      ++record.targets_version;
      for (const auto at : listable(record.assignments))
        record.assignments[at].in_flight = true;
      if (!record.assignments.empty())
        record.assignment = assignment_state::in_flight;
    }
    if (record.targets)
      return record.targets;
    version = record.targets_version;
    for (const auto& open : record.assignments)
      if (open.in_flight)
        listed.push_back(open);
    if (listed.empty()) {
      const auto known = empty_lists_.find(version);
      if (known != empty_lists_.end() && known->second.expires + shared_list_age >= record.targets_expire) {
        record.targets_expire = known->second.expires;
        return known->second.text;
      }
    }
    expires = record.targets_expire;
    ecus = record.ecus;
  }

  auto document = keys_.targets.sign(director_targets(*ecus, listed, expires, version));
  if (!document)
    return tl::unexpected(refusal{500, "internal_server_error", std::move(document.error())});
  auto text = std::make_shared<const std::string>(std::move(*document));

  const std::lock_guard lock{mutex_};
  if (listed.empty() && (empty_lists_.size() < max_empty_lists || empty_lists_.contains(version))) {
    empty_lists_[version] = {text, expires};
  } else if (auto& record = *devices_.find(device); !record.outdated && record.targets_version == version) {
    record.targets = text;
  }
  return text;
}

tl::expected<shared_text, refusal> director::root(std::int64_t version) const {
  if (version != 1)
    return tl::unexpected(
        refusal{404, "root_role_not_found", "there is no root of version " + std::to_string(version)});
  return keys_.root_document;
}

void director::record_info(std::string_view device, info_kind kind, std::string_view body) {
  const auto digest = pki::sha256(as_bytes(body));
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, digest.data(), sizeof beginning);
  const std::lock_guard lock{mutex_};
  seen(device).info_hashes[static_cast<std::size_t>(kind)] = beginning;
}

void director::record_events(std::string_view device, const std::vector<event_notice>& events) {
  const std::lock_guard lock{mutex_};
  auto& record = seen(device);
  for (const auto& event : events)
    record.events.record(event);
}

tl::expected<std::string, refusal> director::create_update(multi_target_update update) {
  auto id = random_uuid();
  auto stored = std::make_shared<const multi_target_update>(std::move(update));
  const std::lock_guard lock{mutex_};
  if (updates_.size() >= max_updates)
    return tl::unexpected(refusal{409, "too_many_elements", "an account holds at most 10000 updates"});
  updates_.emplace(id, std::move(stored));
  return id;
}

tl::expected<std::vector<std::string>, refusal> director::assign(const assignment_order& order) {
  const auto correlation_id = std::make_shared<const std::string>(order.correlation_id);
  std::unique_lock lock{mutex_};
  const auto found = updates_.find(order.update_id);
  if (found == updates_.end())
    return tl::unexpected(refusal{404, "missing_entity", "there is no update " + order.update_id});
  const auto update = found->second;

  std::vector<std::string> affected;
  for (std::size_t at = 0; at < order.devices.size(); ++at) {
    if (at % devices_per_lock == devices_per_lock - 1) {
      lock.unlock();
      lock.lock();
    }
    auto* record = devices_.find(order.devices[at]);
    if (record == nullptr)
      continue;
    auto assignments = affected_ecus(*record, *update, correlation_id);
    if (assignments.empty())
      continue;
    affected.push_back(order.devices[at]);
    if (order.dry_run)
      continue;
    record->assignments.insert(record->assignments.end(), assignments.begin(), assignments.end());
    record->assignment = assignment_state::queued;
    outdate(*record);
  }
  return affected;
}

std::vector<director::device_copy> director::page_after(std::string_view after, std::size_t limit) const {
  const std::lock_guard lock{mutex_};
  return devices_.page_after(after, limit);
}

std::vector<director::device_copy> director::page_at(std::size_t offset, std::size_t limit) const {
  const std::lock_guard lock{mutex_};
  return devices_.page_at(offset, limit);
}

std::vector<director::device_copy> director::find(std::string_view device) const {
  const std::lock_guard lock{mutex_};
  const auto* record = devices_.find(device);
  if (record == nullptr)
    return {};
  return {{std::string{device}, *record}};
}

std::size_t director::size() const {
  const std::lock_guard lock{mutex_};
  return devices_.size();
}

} // namespace otafleet::stub
