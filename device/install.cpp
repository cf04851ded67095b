// Installing on every ECU, and what follows a reboot (protocol.md sections 9.4 and 9.5).
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"

namespace otafleet::device {

namespace {

constexpr std::string_view report_of_success = "Installation succesful"; // spelt as the real client spells it
constexpr std::string_view failed_somewhere = "Installation failed on one or more ECUs";

/// One secondary's installation: they run side by side.
struct secondary_job {
  std::size_t ecu = 0;
  const uptane::target* image = nullptr;
  std::chrono::milliseconds takes{};
};

} // namespace

task<client::install_end> client::install(const targets& wanted) {
  const auto correlation = correlation_id();
  const auto checked = recheck(wanted);
  if (!checked || checked->empty()) {
    if (!checked)
      tell(milestone::install_failed, checked.error().label(), checked.error().detail);
    store_result({false, checked ? "ALREADY_PROCESSED" : "INTERNAL_ERROR", ""}, "Stored Uptane metadata is invalid",
                 correlation);
    co_return install_end::done;
  }
  const auto intact = co_await all_intact(wanted);
  if (!intact) {
    tell(milestone::install_failed, "TargetHashMismatch", "Downloaded target is invalid");
    store_result({false, "INTERNAL_ERROR", ""}, "Downloaded target is invalid", correlation);
    co_return install_end::done;
  }
  if (!send_metadata_to_secondaries(wanted))
    co_return install_end::done;

  const auto for_primary =
      std::ranges::find_if(wanted, [&](const auto& one) { return one.ecus.contains(store_.primary.serial); });
  if (for_primary != wanted.end())
    co_await install_on_primary(*for_primary, correlation);
  co_await install_on_secondaries(wanted, correlation);
  if (store_.pending)
    co_return install_end::needs_reboot;
  compute_device_result(correlation);
  co_return install_end::done;
}

task<bool> client::all_intact(const targets& wanted) {
  for (const auto& one : wanted) {
    if (one.is_ostree() || one.length == 0)
      continue;
    const auto intact = co_await is_downloaded(one);
    if (!intact)
      co_return false;
  }
  co_return true;
}

/// Each secondary judges by itself what it is sent; one that objects stops the whole installation.
bool client::send_metadata_to_secondaries(const targets& wanted) {
  std::string failed;
  for (std::size_t ecu = 1; ecu != ecu_count(); ++ecu) {
    auto& memory = store_.secondaries[ecu - 1];
    if (std::ranges::none_of(wanted, [&](const auto& one) { return one.ecus.contains(memory.serial); }))
      continue;
    auto by = judge();
    const auto accepted =
        memory.trust.put_metadata(store_.director, store_.image, memory.serial, settings_of(ecu).hardware_id, by);
    memory.attack_detected = accepted ? std::string{} : accepted.error().detail;
    if (accepted)
      continue;
    tell(milestone::install_failed, accepted.error().label(), accepted.error().detail);
    failed.append(failed.empty() ? "" : "|").append(settings_of(ecu).hardware_id).append(":VERIFICATION_FAILED");
  }
  if (failed.empty())
    return true;
  constexpr auto words = "Sending metadata to one or more ECUs failed";
  store_result({false, std::move(failed), words}, words, correlation_id());
  return false;
}

task<> client::install_on_primary(const uptane::target& image, std::string_view correlation_id) {
  const auto& serial = store_.primary.serial;
  const bool ostree = set_.pacman == package_manager::ostree;
  tell(milestone::install_started, {}, image.filename);
  co_await reports_.add("EcuInstallationStarted", serial, correlation_id);
  const auto takes = draw_duration();
  if (takes.count() > 0)
    co_await io_.pause(takes);

  if (draw_failure(0)) {
    store_.primary.result = {false, "INSTALL_FAILED", "Installing package failed"};
    tell(milestone::install_failed, "INSTALL_FAILED", image.filename);
    co_await reports_.add("EcuInstallationCompleted", serial, correlation_id, "false");
  } else if (ostree || set_.reboots) {
    store_.pending = pending_install{image, std::string{correlation_id}};
    store_.primary.result = {false, "NEED_COMPLETION", "Application successful, need reboot"};
    co_await reports_.add("EcuInstallationApplied", serial, correlation_id);
  } else {
    store_.primary.installed = image;
    store_.primary.result = {true, "OK", "Installing package was successful"};
    keep_image(image);
    tell(milestone::install_finished, {}, image.filename);
    co_await reports_.add("EcuInstallationCompleted", serial, correlation_id, "true");
  }
}

task<> client::install_on_secondaries(const targets& wanted, std::string_view correlation_id) {
  std::vector<secondary_job> jobs;
  for (std::size_t ecu = 1; ecu != ecu_count(); ++ecu)
    for (const auto& one : wanted)
      if (one.ecus.contains(memory_of(ecu).serial))
        jobs.push_back({ecu, &one, draw_duration()});
  for (const auto& job : jobs)
    co_await reports_.add("EcuInstallationStarted", memory_of(job.ecu).serial, correlation_id);

  std::ranges::stable_sort(jobs, {}, &secondary_job::takes);
  std::chrono::milliseconds passed{};
  for (const auto& job : jobs) {
    if (job.takes > passed)
      co_await io_.pause(job.takes - passed);
    passed = std::max(passed, job.takes);
    const bool failed = draw_failure(job.ecu);
    auto& memory = memory_of(job.ecu);
    if (failed) {
      memory.result = {false, "INSTALL_FAILED", ""};
      tell(milestone::install_failed, "INSTALL_FAILED", job.image->filename);
    } else {
      memory.installed = *job.image;
      memory.result = {true, "OK", ""};
      keep_image(*job.image);
      tell(milestone::install_finished, {}, job.image->filename);
    }
    co_await reports_.add("EcuInstallationCompleted", memory.serial, correlation_id, failed ? "false" : "true");
  }
}

/// The package manager finds what it installed running.
task<> client::finalize_after_reboot() {
  if (!store_.pending)
    co_return;
  auto pending = std::move(*store_.pending);
  store_.pending.reset();
  const bool ostree = set_.pacman == package_manager::ostree;
  store_.primary.installed = pending.what;
  store_.primary.result = {true, "OK",
                           ostree ? "Successfully booted on new version" : "Installing fake package was successful"};
  keep_image(pending.what);
  tell(milestone::install_finished, {}, pending.what.filename);
  store_.director.drop_targets();
  compute_device_result(pending.correlation_id);
  co_await reports_.add("EcuInstallationCompleted", store_.primary.serial, pending.correlation_id, "true");
  co_await send_manifest();
}

// -- results ------------------------------------------------------------------------

/// One failed ECU fails the device, under a code that names each one (protocol.md section 6).
void client::compute_device_result(std::string_view correlation_id) {
  std::string failed;
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu) {
    const auto& result = memory_of(ecu).result;
    if (result && !result->success)
      failed.append(failed.empty() ? "" : "|").append(settings_of(ecu).hardware_id).append(":").append(result->code);
  }
  if (failed.empty())
    store_result({true, "OK", "Device has been successfully installed"}, report_of_success, correlation_id);
  else
    store_result({false, std::move(failed), std::string{failed_somewhere}}, failed_somewhere, correlation_id);
}

void client::store_result(uptane::installation_result result, std::string_view raw_report,
                          std::string_view correlation_id) {
  uptane::installation_report report;
  report.correlation_id = correlation_id;
  report.raw_report = raw_report;
  report.result = std::move(result);
  store_.result = std::move(report);
}

void client::store_failure(std::string_view code, std::string_view description) {
  const auto correlation = correlation_id();
  if (correlation.empty())
    return;
  store_result({false, std::string{code}, std::string{description}}, "", correlation);
  store_.director.drop_targets();
}

std::string client::correlation_id() const {
  return store_.director.targets() ? store_.director.targets()->correlation_id : std::string{};
}

// -- chance -------------------------------------------------------------------------

std::chrono::milliseconds client::draw_duration() {
  const auto takes = log_normal(install_time_, static_cast<double>(set_.install_p50.count()),
                                static_cast<double>(set_.install_p99.count()));
  return std::chrono::milliseconds{static_cast<std::int64_t>(takes)};
}

bool client::draw_failure(std::size_t ecu) {
  const auto share = settings_of(ecu).install_fails;
  return share > 0 && install_luck_.unit() < share;
}

} // namespace otafleet::device
