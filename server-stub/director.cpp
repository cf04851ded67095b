#include "server-stub/director.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "pki/digest.hpp"
#include "server-stub/director_targets.hpp"
#include "server-stub/ecu_registration.hpp"
#include "server-stub/manifest_check.hpp"
#include "server-stub/strict_manifest.hpp"

namespace otafleet::stub {

namespace {

constexpr std::size_t max_updates = 10'000;
/// So long an assignment of thousands may hold the lock that devices wait for.
constexpr std::size_t devices_per_lock = 256;

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

/// Marks the counters as used; false, and nothing is marked, when one of them is already.
bool use_counters(device_record& record, const std::vector<std::uint64_t>& counters) {
  if (counters.empty())
    return true;
  record.used_counters.resize(counters.size());
  for (std::size_t at = 0; at < counters.size(); ++at)
    if (record.used_counters[at].contains(counters[at]))
      return false;
  for (std::size_t at = 0; at < counters.size(); ++at)
    record.used_counters[at].enter(counters[at]);
  return true;
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
    if (!record.list || std::any_of(record.assignments.begin(), record.assignments.end(), waits))
      outdate(record);
  }
}

} // namespace

director::director(repository_keys keys, utc_clock clock, const peculiarities& like)
    : clock_(clock), like_(like), keys_(std::make_shared<const repository_keys>(std::move(keys))) {}

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

bool director::enter(std::string_view device) {
  const std::lock_guard lock{mutex_};
  auto& record = devices_.find_or_create(device, clock_()).first;
  return !std::exchange(record.provisioned, true);
}

bool director::is_entered(std::string_view device) const {
  const std::lock_guard lock{mutex_};
  const auto* record = devices_.find(device);
  return record != nullptr && record->provisioned;
}

void director::set_image_base(std::string url) {
  const std::lock_guard lock{mutex_};
  image_base_ = std::move(url);
}

tl::expected<bool, refusal> director::register_ecus(std::string_view device, std::string_view body) {
  auto wanted = read_registration(body);
  const std::lock_guard lock{mutex_};
  auto& record = seen(device);
  if (!wanted)
    return tl::unexpected(std::move(wanted.error()));
  const bool first = record.ecus == nullptr;
  if (!first) {
    if (!like_.replaces_ecus)
      return tl::unexpected(refusal{400, "ecus_registered", {}});
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
    const auto content = like_.strict_manifests ? check_strict_manifest(body, *ecus) : check_manifest(body, *ecus);
    if (!content)
      return tl::unexpected(content.error());
    const std::lock_guard lock{mutex_};
    auto& record = seen(device);
    // Its ECUs were replaced meanwhile: places mean something else now.
    if (record.ecus != ecus)
      continue;
    if (!use_counters(record, content->counters))
      return tl::unexpected(strict_manifest_refusal("manifest_counter_repeated"));
    apply(record, *content);
    return {};
  }
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
