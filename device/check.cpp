// Fetching and judging metadata, and finding out what is new (protocol.md sections 5 and 9.3).
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"
#include "uptane/vehicle.hpp"

namespace otafleet::device {

namespace {

/// aktualizr's own bound on one chain of roots.
constexpr std::int32_t max_root_rotations = 1'000;

} // namespace

task<client::targets_or_failure> client::check() {
  co_await send_network_info();
  co_await send_manifest();

  const auto director = co_await update_director();
  if (!director)
    co_return tl::unexpected(director.error());
  if (!store_.director.targets())
    co_return std::vector<uptane::target>{};

  std::vector<uptane::ecu> vehicle(1);
  vehicle[0].serial = store_.ecu_serial;
  vehicle[0].hardware_id = set_.hardware_id;
  vehicle[0].is_primary = true;
  vehicle[0].installed = store_.installed;
  auto fresh = uptane::new_targets(*store_.director.targets(), vehicle, false);
  if (!fresh || fresh->empty())
    co_return fresh;

  const auto image = co_await update_image_repository();
  if (!image)
    co_return tl::unexpected(image.error());
  for (auto& wanted : *fresh) {
    auto found = uptane::match_in_image_repository(wanted, *store_.image.targets());
    if (!found) {
      if (!correlation_id().empty())
        store_failure("VERIFICATION_FAILED", "Target mismatch.", "");
      store_.director.drop_targets();
      co_return tl::unexpected(found.error());
    }
    wanted = std::move(*found);
  }
  co_return fresh;
}

task<uptane::verdict> client::update_director() {
  const auto roots = co_await update_roots(store_.director, uptane::repository::director);
  if (!roots)
    co_return roots;
  const auto text = co_await fetch(uptane::repository::director, uptane::role::targets, "targets.json",
                                   uptane::max_director_targets_bytes);
  if (!text)
    co_return tl::unexpected(text.error());
  auto by = judge();
  co_return store_.director.accept_targets(*text, by);
}

task<uptane::verdict> client::update_image_repository() {
  using uptane::repository;
  using uptane::role;
  auto& trust = store_.image;
  const auto roots = co_await update_roots(trust, repository::image);
  if (!roots)
    co_return roots;

  const auto timestamp =
      co_await fetch(repository::image, role::timestamp, "timestamp.json", uptane::max_timestamp_bytes);
  if (!timestamp)
    co_return tl::unexpected(timestamp.error());
  auto by = judge();
  if (const auto accepted = trust.accept_timestamp(*timestamp, by); !accepted)
    co_return accepted;

  if (trust.needs_snapshot(by)) {
    const auto snapshot = co_await fetch(repository::image, role::snapshot, "snapshot.json", trust.snapshot_limit());
    if (!snapshot)
      co_return tl::unexpected(snapshot.error());
    by.now = io_.now();
    if (const auto accepted = trust.accept_snapshot(*snapshot, by); !accepted)
      co_return accepted;
  }
  if (trust.needs_targets(by)) {
    const auto targets =
        co_await fetch(repository::image, role::targets, "targets.json", uptane::max_image_targets_bytes);
    if (!targets)
      co_return tl::unexpected(targets.error());
    by.now = io_.now();
    if (const auto accepted = trust.accept_targets(*targets, by); !accepted)
      co_return accepted;
  }
  co_return trust.check_expiry(io_.now());
}

/// Steps D1 to D4 and I1: a failed fetch of the first root is an error, of a later one the end of the chain.
template <class Trust>
task<uptane::verdict> client::update_roots(Trust& trust, uptane::repository repo) {
  for (std::int32_t rotations = 0; rotations != max_root_rotations; ++rotations) {
    const bool is_first = !trust.roots().current();
    const auto file = std::to_string(trust.roots().next_version()) + ".root.json";
    const auto text = co_await fetch(repo, uptane::role::root, file, uptane::max_root_bytes);
    if (!text && is_first)
      co_return tl::unexpected(text.error());
    if (!text)
      break;
    auto by = judge();
    if (const auto accepted = trust.accept_root(*text, by); !accepted)
      co_return accepted;
  }
  co_return trust.roots().check_expiry(io_.now());
}

task<tl::expected<std::string, uptane::failure>> client::fetch(uptane::repository repo, uptane::role role,
                                                               std::string_view file, std::uint64_t limit) {
  const bool from_director = repo == uptane::repository::director;
  send_request get;
  get.method = http_method::get;
  get.as = credential_use::own;
  switch (role) {
  case uptane::role::root:
    get.to = from_director ? endpoint::director_root : endpoint::image_root;
    break;
  case uptane::role::targets:
    get.to = from_director ? endpoint::director_targets : endpoint::image_targets;
    break;
  case uptane::role::snapshot:
    get.to = endpoint::image_snapshot;
    break;
  case uptane::role::timestamp:
    get.to = endpoint::image_timestamp;
    break;
  }
  const std::string path = std::string{from_director ? "/director/" : "/repo/"}.append(file);
  get.url = url(path);
  get.max_reply_bytes = limit;
  auto sending = io_.send(std::move(get));
  auto reply = co_await sending;
  if (is_ok(reply))
    co_return std::move(reply.body);
  co_return tl::unexpected(uptane::failure{uptane::failure_code::metadata_fetch_failure, repo, role,
                                           "GET " + path + ": " + failure_label(reply)});
}

uptane::judge client::judge() {
  return {pool_, watch_, io_.now()};
}

} // namespace otafleet::device
