#include "actors/target.hpp"

#include <algorithm>
#include <set>

#include "pki/pkcs12.hpp"
#include "scenarios/address.hpp"

namespace otafleet::actors {

namespace {

[[nodiscard]] bool has_delivered_devices(const scenarios::scenario& plan, const std::string& account) {
  return std::any_of(plan.fleets.begin(), plan.fleets.end(), [&](const scenarios::fleet& fleet) {
    return fleet.account == account && fleet.provisioned_by == scenarios::provisioning::device_credentials;
  });
}

/// Every URL that is known before the run; what a backend names later is checked when it is asked for.
[[nodiscard]] std::vector<std::string> urls_of(const account_access& account) {
  std::vector<std::string> all{account.gateway_url};
  for (const auto& url : {account.director_url, account.repo_url, account.treehub_url})
    if (!url.empty())
      all.push_back(url);
  if (account.operators)
    all.push_back(account.operators->url);
  return all;
}

} // namespace

tl::expected<target, std::string> embedded_target(const backend_access& stub, const scenarios::scenario& plan) {
  target result;
  for (const auto& [name, p12] : stub.provisioning_p12) {
    auto credential = pki::from_pkcs12(p12, "");
    if (!credential)
      return tl::unexpected("the provisioning credential of account " + name +
                            " cannot be read: " + credential.error());
    account_access access;
    access.gateway_url = stub.gateway_url;
    // Its routes match nothing else (protocol.md section 0.6).
    if (plan.backend.like == scenarios::likeness::ota_ce)
      access.names = device_naming::uuids;
    access.operators = stub.operators;
    if (has_delivered_devices(plan, name)) {
      auto authority = pki::certificate_authority::create("otafleet devices of " + name, pki::certificate_use::client);
      if (!authority)
        return tl::unexpected(authority.error());
      access.mint = std::make_shared<const device_mint>(std::move(*authority), credential->authorities);
    }
    access.shared = std::move(*credential);
    result.accounts.emplace(name, std::move(access));
  }
  return result;
}

std::string objection_to(const target& where) {
  std::set<std::string> strangers;
  bool leaves_this_machine = false;
  for (const auto& [name, account] : where.accounts) {
    for (const auto& url : urls_of(account)) {
      const auto host = scenarios::host_of(url);
      if (!host)
        return "account " + name + ": one of its URLs has no host that can be told for certain";
      if (scenarios::is_loopback(*host))
        continue;
      leaves_this_machine = true;
      if (std::find(where.allowed_hosts.begin(), where.allowed_hosts.end(), *host) == where.allowed_hosts.end())
        strangers.insert(*host);
    }
  }
  if (!strangers.empty()) {
    std::string words;
    for (const auto& host : strangers)
      words += " --allow-target " + host;
    return "the run would put load on machines other than this one; add" + words + " if you may do that to them";
  }
  if (leaves_this_machine && !where.max_rate)
    return "a backend on another machine needs a stated maximum rate; add max_rate to its configuration, as in "
           "max_rate: 50/s, or --set backend.live.max_rate=50/s";
  return {};
}

} // namespace otafleet::actors
