// Downloading, installing, rebooting (protocol.md sections 5.5, 7.1, 9.4 and 9.5).
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"
#include "uptane/vehicle.hpp"

namespace otafleet::device {

namespace {

constexpr int max_download_tries = 3;
constexpr std::chrono::milliseconds first_download_pause{500};
constexpr std::string_view report_of_success = "Installation succesful"; // spelt as the real client spells it

} // namespace

std::string client::correlation_id() const {
  return store_.director.targets() ? store_.director.targets()->correlation_id : std::string{};
}

/// Section 5.5: before download and again before install, all that is stored must still hold and list these targets.
uptane::verdict client::recheck(const std::vector<uptane::target>& wanted) {
  auto by = judge();
  if (auto director = store_.director.recheck(by); !director)
    return director;
  if (auto image = store_.image.recheck(by); !image)
    return image;
  for (const auto& target : wanted) {
    const auto& listed = store_.director.targets()->list;
    const bool in_director =
        std::any_of(listed.begin(), listed.end(), [&](const auto& one) { return uptane::matches(one, target); });
    if (!in_director)
      return tl::unexpected(uptane::failure{uptane::failure_code::target_mismatch,
                                            uptane::repository::director,
                                            {},
                                            target.filename + " is no longer in the Director's list"});
    if (auto in_image = uptane::match_in_image_repository(target, *store_.image.targets()); !in_image)
      return tl::unexpected(in_image.error());
  }
  return {};
}

// -- download -----------------------------------------------------------------

task<bool> client::download(const std::vector<uptane::target>& wanted) {
  const auto correlation = correlation_id();
  if (const auto checked = recheck(wanted); !checked) {
    tell(milestone::download_failed, checked.error().name(), checked.error().detail);
    store_failure("INTERNAL_ERROR", "Error rechecking stored metadata.", "");
    store_.director.drop_targets();
    co_return false;
  }
  bool all_downloaded = true;
  for (const auto& target : wanted) {
    tell(milestone::download_started, {}, target.filename);
    co_await reports_.add("EcuDownloadStarted", store_.ecu_serial, correlation);
    std::string why;
    bool downloaded = false;
    auto pause = first_download_pause;
    for (int attempt = 1; !downloaded && attempt <= max_download_tries; ++attempt) {
      if (attempt > 1) {
        co_await io_.pause(pause);
        pause *= 2;
      }
      downloaded = co_await download_one(target, why);
    }
    co_await reports_.add("EcuDownloadCompleted", store_.ecu_serial, correlation, downloaded ? "true" : "false");
    if (downloaded)
      tell(milestone::download_finished, {}, target.filename);
    else
      tell(milestone::download_failed, why, target.filename);
    all_downloaded = all_downloaded && downloaded;
  }
  if (!all_downloaded) {
    store_failure("DOWNLOAD_FAILED", "Target download failed.", "");
    store_.director.drop_targets();
  }
  co_return all_downloaded;
}

/// One try, hashed as it arrives; `why` gets the failure's name.
task<bool> client::download_one(const uptane::target& wanted, std::string& why) {
  if (wanted.is_ostree()) {
    why = "InvalidTarget"; // the package manager `none` refuses them
    co_return false;
  }
  if (wanted.length == 0)
    co_return true;
  send_request get;
  get.to = endpoint::image;
  get.method = http_method::get;
  get.as = credential_use::own;
  get.url = wanted.uri.empty() ? url("/repo/targets/" + uptane::url_encoded(wanted.filename)) : wanted.uri;
  get.max_reply_bytes = wanted.length;
  get.digest_body = true;
  get.unlimited_time = true;
  const auto reply = co_await io_.ask(std::move(get));
  if (reply.transport_failure == "too-large") {
    why = "OversizedTarget";
    co_return false;
  }
  if (!is_ok(reply)) {
    why = failure_label(reply);
    co_return false;
  }
  // sha256 is preferred where the metadata give both.
  const bool intact =
      wanted.hashes.sha256.empty() ? reply.sha512 == wanted.hashes.sha512 : reply.sha256 == wanted.hashes.sha256;
  if (!intact || reply.body_bytes != wanted.length) {
    why = "TargetHashMismatch";
    co_return false;
  }
  co_return true;
}

// -- install ------------------------------------------------------------------

task<client::install_end> client::install(const std::vector<uptane::target>& wanted) {
  const auto correlation = correlation_id();
  if (const auto checked = recheck(wanted); !checked) {
    tell(milestone::install_failed, checked.error().name(), checked.error().detail);
    store_failure("INTERNAL_ERROR", "Error rechecking stored metadata.", "Stored Uptane metadata is invalid");
    co_return install_end::failed;
  }
  // One ECU takes one image; the checks before have made sure of it (steps D11 and E1).
  const auto& image = wanted.front();
  tell(milestone::install_started, {}, image.filename);
  co_await reports_.add("EcuInstallationStarted", store_.ecu_serial, correlation);
  const auto takes = log_normal(install_time_, static_cast<double>(set_.install_p50.count()),
                                static_cast<double>(set_.install_p99.count()));
  if (takes > 0)
    co_await io_.pause(std::chrono::milliseconds{static_cast<std::int64_t>(takes)});

  if (set_.reboots) {
    store_.pending = pending_install{image, correlation};
    co_await reports_.add("EcuInstallationApplied", store_.ecu_serial, correlation);
    co_return install_end::needs_reboot;
  }
  finished_install(image, correlation, "Installing package was successful");
  co_await reports_.add("EcuInstallationCompleted", store_.ecu_serial, correlation, "true");
  co_return install_end::done;
}

/// Power off, power on, and the finalisation that follows.
task<> client::reboot() {
  state_ = life_state::rebooting;
  tell(milestone::reboot_started);
  co_await io_.pause(set_.reboot_takes);
  device_data_sent_ = false;
  const auto pending = std::exchange(store_.pending, std::nullopt);
  if (!pending)
    co_return;
  finished_install(pending->what, pending->correlation_id, "Installing fake package was successful");
  store_.director.drop_targets();
  co_await reports_.add("EcuInstallationCompleted", store_.ecu_serial, pending->correlation_id, "true");
}

void client::finished_install(uptane::target what, std::string_view correlation_id, std::string_view description) {
  tell(milestone::install_finished, {}, what.filename);
  store_.installed = std::move(what);
  uptane::installation_report report;
  report.correlation_id = correlation_id;
  report.items.push_back({store_.ecu_serial, {true, "OK", std::string{description}}});
  report.raw_report = report_of_success;
  report.result = {true, "OK", "Device has been successfully installed"};
  store_.result = std::move(report);
}

void client::store_failure(std::string_view code, std::string_view description, std::string_view raw_report) {
  uptane::installation_report report;
  report.correlation_id = correlation_id();
  report.raw_report = raw_report;
  report.result = {false, std::string{code}, std::string{description}};
  store_.result = std::move(report);
}

} // namespace otafleet::device
