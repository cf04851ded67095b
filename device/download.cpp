// Downloading what the check has found (protocol.md sections 5.5 and 7.1).
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"

namespace otafleet::device {

namespace {

/// What the real client calls its file: the hash in upper case.
[[nodiscard]] std::string download_name(const uptane::target& of) {
  auto name = of.hashes.sha256.empty() ? of.hashes.sha512 : of.hashes.sha256;
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return name;
}

} // namespace

task<bool> client::download(const targets& wanted) {
  const auto checked = recheck(wanted);
  if (!checked || checked->empty()) {
    if (!checked) {
      tell(milestone::download_failed, checked.error().label(), checked.error().detail);
      store_failure("INTERNAL_ERROR", "Error rechecking stored metadata.");
    }
    co_return false;
  }
  const auto all_downloaded = co_await download_all(wanted);
  if (!all_downloaded)
    store_failure("DOWNLOAD_FAILED", "Target download failed.");
  co_return all_downloaded;
}

task<bool> client::download_all(const targets& wanted) {
  const auto correlation = correlation_id();
  bool all_downloaded = true;
  for (const auto& target : wanted) {
    tell(milestone::download_started, {}, target.filename);
    for (const auto& [serial, hardware_id] : target.ecus)
      co_await reports_.add("EcuDownloadStarted", serial, correlation);
    std::string why;
    const auto downloaded = co_await try_download(target, why);
    for (const auto& [serial, hardware_id] : target.ecus)
      co_await reports_.add("EcuDownloadCompleted", serial, correlation, downloaded ? "true" : "false");
    if (downloaded)
      tell(milestone::download_finished, {}, target.filename);
    else
      tell(milestone::download_failed, why, target.filename);
    all_downloaded = all_downloaded && downloaded;
  }
  co_return all_downloaded;
}

/// As many tries as the profile has; `why` gets the failure's name.
task<bool> client::try_download(const uptane::target& wanted, std::string& why) {
  // An OSTree secondary pulls for itself; the primary has nothing to fetch (protocol.md section 7.1).
  if (wanted.is_ostree() && !wanted.ecus.contains(store_.primary.serial))
    co_return true;
  auto pause = set_.profile.first_download_pause;
  for (int attempt = 1;; ++attempt) {
    bool downloaded = false;
    if (!wanted.is_ostree())
      downloaded = co_await download_image(wanted, why);
    else if (set_.pacman == package_manager::ostree)
      downloaded = co_await pull_commit(wanted, why);
    else
      why = "InvalidTarget"; // the package manager `none` refuses them
    if (downloaded || attempt == set_.profile.download_tries)
      co_return downloaded;
    co_await io_.pause(pause);
    pause *= 2;
  }
}

/// One try: what is there already counts, and only the rest is asked for.
task<bool> client::download_image(const uptane::target& wanted, std::string& why) {
  if (wanted.length == 0)
    co_return true;
  const auto name = download_name(wanted);
  inspect_download before;
  before.name = name;
  const auto there = co_await io_.ask(std::move(before));
  if (is_intact(there, wanted))
    co_return true;
  auto from = there.bytes;
  if (from >= wanted.length) {
    io_.emit(forget_download{name});
    from = 0;
  }
  auto reply = co_await get_image(wanted, from);
  if (reply.transport_failure == "range") {
    io_.emit(forget_download{name});
    reply = co_await get_image(wanted, 0);
  }
  if (reply.transport_failure == "too-large") {
    io_.emit(forget_download{name});
    why = "OversizedTarget";
    co_return false;
  }
  if (!is_ok(reply)) {
    why = failure_label(reply);
    co_return false;
  }
  const auto good = co_await is_downloaded(wanted);
  if (!good) {
    io_.emit(forget_download{name});
    why = "TargetHashMismatch";
  }
  co_return good;
}

task<http_reply> client::get_image(const uptane::target& wanted, std::uint64_t from) {
  send_request get;
  get.to = endpoint::image;
  get.method = http_method::get;
  get.as = credential_use::own;
  get.url = wanted.uri.empty() ? repo_url() + "/targets/" + uptane::url_encoded(wanted.filename) : wanted.uri;
  get.max_reply_bytes = wanted.length - from;
  get.download = download_name(wanted);
  get.resume_from = from;
  get.unlimited_time = true;
  co_return co_await io_.ask(std::move(get));
}

task<bool> client::is_downloaded(const uptane::target& wanted) {
  inspect_download look;
  look.name = download_name(wanted);
  const auto there = co_await io_.ask(std::move(look));
  co_return is_intact(there, wanted);
}

bool is_intact(const download_inspected& there, const uptane::target& wanted) {
  if (there.bytes != wanted.length)
    return false;
  return wanted.hashes.sha256.empty() ? there.sha512 == wanted.hashes.sha512 : there.sha256 == wanted.hashes.sha256;
}

// -- what is kept -----------------------------------------------------------------

/// The images of an ECU's last two installations stay (protocol.md section 9.6).
void client::keep_image(const uptane::target& what) {
  if (what.is_ostree() || what.length == 0)
    return;
  auto& kept = store_.images;
  auto name = download_name(what);
  std::erase(kept, name);
  kept.push_back(std::move(name));
  const std::size_t limit = set_.keeps_images ? 2 * ecu_count() : 0;
  while (kept.size() > limit) {
    io_.emit(forget_download{std::move(kept.front())});
    kept.erase(kept.begin());
  }
  if (kept.empty())
    kept.shrink_to_fit();
}

} // namespace otafleet::device
