// Fetching metadata and judging them as they come (protocol.md sections 5.1 and 5.3).
#include <string>
#include <utility>

#include "device/client.hpp"

namespace otafleet::device {

namespace {

using uptane::repository;
using uptane::role;

/// aktualizr's own bound on one chain of roots.
constexpr std::int32_t max_root_rotations = 1'000;

[[nodiscard]] endpoint endpoint_of(repository repo, role of) {
  const bool director = repo == repository::director;
  switch (of) {
  case role::root:
    return director ? endpoint::director_root : endpoint::image_root;
  case role::targets:
    return director ? endpoint::director_targets : endpoint::image_targets;
  case role::snapshot:
    return director ? endpoint::director_snapshot : endpoint::image_snapshot;
  case role::timestamp:
    return director ? endpoint::director_timestamp : endpoint::image_timestamp;
  }
  return endpoint::image_root;
}

} // namespace

task<uptane::verdict> client::update_director() {
  auto& trust = store_.director;
  const auto roots = co_await update_roots(trust, repository::director);
  if (!roots)
    co_return roots;
  if (set_.profile.verification.director_timestamp_and_snapshot) {
    const auto current = co_await update_timestamp_and_snapshot(trust, repository::director);
    if (!current)
      co_return current;
    auto by = judge();
    if (!trust.needs_targets(by))
      co_return trust.check_expiry(by);
  }
  const auto text =
      co_await fetch(repository::director, role::targets, "targets.json", uptane::max_director_targets_bytes);
  if (!text)
    co_return tl::unexpected(text.error());
  auto by = judge();
  co_return trust.accept_targets(*text, by);
}

task<uptane::verdict> client::update_image_repository() {
  auto& trust = store_.image;
  const auto roots = co_await update_roots(trust, repository::image);
  if (!roots)
    co_return roots;
  const auto current = co_await update_timestamp_and_snapshot(trust, repository::image);
  if (!current)
    co_return current;
  auto by = judge();
  if (trust.needs_targets(by)) {
    const auto text = co_await fetch(repository::image, role::targets, "targets.json", uptane::max_image_targets_bytes);
    if (!text)
      co_return tl::unexpected(text.error());
    by.now = io_.now();
    if (const auto accepted = trust.accept_targets(*text, by); !accepted)
      co_return accepted;
  }
  co_return trust.check_expiry(by);
}

/// Steps I2 to I8.
template <class Trust>
task<uptane::verdict> client::update_timestamp_and_snapshot(Trust& trust, repository repo) {
  const auto timestamp = co_await fetch(repo, role::timestamp, "timestamp.json", uptane::max_timestamp_bytes);
  if (!timestamp)
    co_return tl::unexpected(timestamp.error());
  auto by = judge();
  if (const auto accepted = trust.accept_timestamp(*timestamp, by); !accepted)
    co_return accepted;
  if (!trust.needs_snapshot(by))
    co_return uptane::verdict{};
  const auto snapshot = co_await fetch(repo, role::snapshot, "snapshot.json", trust.snapshot_limit());
  if (!snapshot)
    co_return tl::unexpected(snapshot.error());
  by.now = io_.now();
  co_return trust.accept_snapshot(*snapshot, by);
}

/// Steps D1 to D4 and I1: a failed fetch of the first root is an error, of a later one the end of the chain.
template <class Trust>
task<uptane::verdict> client::update_roots(Trust& trust, repository repo) {
  for (std::int32_t rotations = 0; rotations != max_root_rotations; ++rotations) {
    const bool is_first = !trust.roots().current();
    const auto file = std::to_string(trust.roots().next_version()) + ".root.json";
    const auto text = co_await fetch(repo, role::root, file, uptane::max_root_bytes);
    if (!text && is_first)
      co_return tl::unexpected(text.error());
    if (!text)
      break;
    auto by = judge();
    if (const auto accepted = trust.accept_root(*text, by); !accepted)
      co_return accepted;
  }
  auto by = judge();
  co_return trust.roots().check_expiry(by);
}

task<tl::expected<std::string, uptane::failure>> client::fetch(repository repo, role role, std::string_view file,
                                                               std::uint64_t limit) {
  const bool from_director = repo == repository::director;
  send_request get;
  get.method = http_method::get;
  get.as = credential_use::own;
  get.to = endpoint_of(repo, role);
  get.url = (from_director ? director_url() : repo_url()).append("/").append(file);
  get.max_reply_bytes = limit;
  auto sending = io_.send(std::move(get));
  auto reply = co_await sending;
  if (is_ok(reply))
    co_return std::move(reply.body);
  co_return tl::unexpected(uptane::failure{uptane::failure_code::metadata_fetch_failure, repo, role,
                                           std::string{"GET "} + (from_director ? "/director/" : "/repo/") +
                                               std::string{file} + ": " + failure_label(reply)});
}

/// The error is for a person.
task<tl::expected<std::string, std::string>> client::fetch_delegation(std::string_view name) {
  const auto path = "/delegations/" + uptane::url_encoded(name) + ".json";
  send_request get;
  get.method = http_method::get;
  get.as = credential_use::own;
  get.to = endpoint::delegation;
  get.url = repo_url() + path;
  get.max_reply_bytes = uptane::max_delegation_bytes;
  auto sending = io_.send(std::move(get));
  auto reply = co_await sending;
  if (is_ok(reply))
    co_return std::move(reply.body);
  co_return tl::unexpected("GET /repo" + path + ": " + failure_label(reply));
}

uptane::judge client::judge() {
  return {pool_, watch_, io_.now(), set_.profile.verification};
}

} // namespace otafleet::device
