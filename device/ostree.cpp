// Pulling an OSTree commit from the treehub, object by object (protocol.md section 7.2).
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "device/client.hpp"
#include "device/ostree_object.hpp"

namespace otafleet::device {

namespace {

constexpr std::uint64_t max_config_bytes = 64 * 1024;
/// More than a whole distribution has.
constexpr std::size_t max_objects = 200'000;
/// Commits that are known to be there: the one that runs and the one before.
constexpr std::size_t kept_commits = 2;

} // namespace

/// Every object is checked against its name, as libostree does; `why` gets the failure's name.
task<bool> client::pull_commit(const uptane::target& wanted, std::string& why) {
  const auto& commit = wanted.hashes.sha256;
  auto& pulled = store_.commits;
  if (std::ranges::find(pulled, commit) != pulled.end())
    co_return true;
  const auto base = wanted.uri.empty() ? treehub_url() : wanted.uri;
  const auto config = co_await get_object(base, "config", max_config_bytes);
  if (!is_ok(config)) {
    why = failure_label(config);
    co_return false;
  }
  // Signatures beside a commit are optional, and a treehub seldom has one.
  const ostree::object_name root{ostree::object_kind::commit, commit};
  auto commitmeta = co_await get_object(base, root.path() + "meta", max_config_bytes);
  static_cast<void>(commitmeta);

  std::vector<ostree::object_name> to_do{root};
  std::set<ostree::object_name> seen{root};
  while (!to_do.empty()) {
    const auto name = std::move(to_do.back());
    to_do.pop_back();
    const auto reply = co_await get_object(base, name.path(), ostree::max_served_bytes(name.kind));
    if (!is_ok(reply)) {
      why = failure_label(reply);
      co_return false;
    }
    auto needed = ostree::check_object(name, as_bytes(reply.body));
    if (!needed) {
      why = "OstreeChecksumMismatch";
      co_return false;
    }
    for (auto& one : *needed)
      if (seen.insert(one).second)
        to_do.push_back(std::move(one));
    if (seen.size() > max_objects) {
      why = "OstreeTooLarge";
      co_return false;
    }
  }
  pulled.push_back(commit);
  if (pulled.size() > kept_commits)
    pulled.erase(pulled.begin());
  co_return true;
}

task<http_reply> client::get_object(std::string base, std::string path, std::uint64_t limit) {
  send_request get;
  get.to = endpoint::treehub;
  get.method = http_method::get;
  get.as = credential_use::own;
  get.url = std::move(base);
  get.url.append("/").append(path);
  get.max_reply_bytes = limit;
  get.unlimited_time = true;
  auto sending = io_.send(std::move(get));
  co_return co_await sending;
}

} // namespace otafleet::device
