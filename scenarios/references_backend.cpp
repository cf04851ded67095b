#include <cstdint>
#include <string>

#include "scenarios/check.hpp"
#include "scenarios/lookup.hpp"
#include "scenarios/suggestion.hpp"

namespace otafleet::scenarios {

namespace {

class backend_checker {
public:
  backend_checker(const node& document, std::vector<problem>& problems)
      : document_(document), stub_(at(at(document, "backend"), "stub")), live_(at(at(document, "backend"), "live")),
        accounts_(at(document, "accounts")), problems_(problems) {}

  void check() {
    if (stub_.is == node::kind::map)
      for (const auto& [name, key_at, fleet] : at(document_, "fleets").members)
        check_stub_fleet(fleet, "fleets." + name);
    if (live_.is == node::kind::map)
      check_live();
  }

private:
  [[nodiscard]] static bool is_delivered_with_certificates(const node& fleet) {
    return at(fleet, "provisioning").text == "device-credentials";
  }

  void refuse(const node& where, std::string path, std::string message) {
    complain(problems_, where.at, std::move(path), std::move(message));
  }

  // -- the embedded one -----------------------------------------------------------

  void check_stub_fleet(const node& fleet, const std::string& path) {
    const auto& provisioning = at(fleet, "provisioning");
    const auto& account = at(fleet, "account");
    if (!is_delivered_with_certificates(fleet) && at(stub_, "like").text == "ota-ce")
      refuse(provisioning, path + ".provisioning",
             "a backend like ota-ce issues no certificates; write device-credentials");
    if (is_delivered_with_certificates(fleet) && at(at(accounts_, account.text), "device_ca").text == "generated")
      refuse(provisioning, path + ".provisioning",
             "device-credentials need an authority of the run's own; write device_ca: own for account \"" +
                 account.text + "\", or nothing");
  }

  // -- a live one -------------------------------------------------------------------

  void check_live() {
    const auto& known = at(live_, "accounts");
    for (const auto& [name, key_at, account] : known.members)
      check_live_account(account, "backend.live.accounts." + name);
    for (const auto& [name, key_at, account] : accounts_.members) {
      if (known.is == node::kind::map && known.find(name) == nullptr)
        complain(problems_, live_.at, "backend.live.accounts",
                 "account \"" + name + "\" of the scenario is missing" + did_you_mean(name, names_in(known)));
      check_live_fleets(name, at(known, name));
    }
    check_live_operations(known);
  }

  void check_live_account(const node& account, const std::string& path) {
    const auto& base = at(account, "base_path");
    if (!base.text.empty() && (!base.text.starts_with('/') || base.text.ends_with('/') ||
                               base.text.find_first_of("?# ") != std::string::npos))
      refuse(base, path + ".base_path", "must begin with a slash and not end with one, as in /api/v0/robot");
    if (at(account, "like").text == "ota-ce" && account.find("credentials") != nullptr)
      refuse(at(account, "credentials"), path + ".credentials",
             "a gateway like ota-ce issues no certificates; give device_ca or import");
    if (account.find("device_ca") != nullptr && account.find("gateway") == nullptr)
      refuse(account, path + ".gateway", "is missing; device_ca does not say where the gateway is");
  }

  void check_live_fleets(const std::string& name, const node& account) {
    if (account.is != node::kind::map)
      return;
    const bool gives_shared_one = account.find("credentials") != nullptr;
    std::uint64_t devices = 0;
    for (const auto& [fleet_name, key_at, fleet] : at(document_, "fleets").members) {
      if (at(fleet, "account").text != name)
        continue;
      const auto path = "fleets." + fleet_name;
      devices += number(at(fleet, "devices"));
      const auto& provisioning = at(fleet, "provisioning");
      if (is_delivered_with_certificates(fleet) && gives_shared_one)
        refuse(provisioning, path + ".provisioning",
               "the live account \"" + name +
                   "\" has credentials to share; write shared-credentials, or give it device_ca or import");
      if (!is_delivered_with_certificates(fleet) && !gives_shared_one && !provisioning.text.empty())
        refuse(provisioning, path + ".provisioning",
               "the live account \"" + name +
                   "\" has no credentials to share; write device-credentials, or give it credentials");
      if (account.find("import") != nullptr && devices > 1)
        refuse(at(fleet, "devices"), path + ".devices",
               "the live account \"" + name + "\" imports one device, so its fleets can have no more");
    }
  }

  void check_live_operations(const node& known) {
    const auto& faults = at(document_, "faults");
    if (!faults.items.empty())
      refuse(faults, "faults", "only the embedded backend attacks its devices; leave them out for a live one");
    const auto& operations = at(document_, "operations");
    for (std::size_t i = 0; i != operations.items.size(); ++i) {
      const auto path = "operations[" + std::to_string(i) + "]";
      const auto& what = operations.items[i];
      if (what.find("rotate") != nullptr)
        refuse(at(what, "rotate"), path + ".rotate",
               "only the embedded backend rotates keys on request; leave it out for a live one");
      const auto& account = what.find("upload") != nullptr
                                ? at(at(what, "upload"), "account").text
                                : at(at(at(document_, "fleets"), at(at(what, "assign"), "fleet").text), "account").text;
      const auto& live_account = at(known, account);
      if (live_account.is == node::kind::map && live_account.find("operator") == nullptr)
        refuse(what, path,
               "needs the operator API of account \"" + account +
                   "\"; add operator: {url, token} to it, or play without operations (--set operations=[])");
    }
  }

  const node& document_;
  const node& stub_;
  const node& live_;
  const node& accounts_;
  std::vector<problem>& problems_;
};

} // namespace

void check_backend(const node& document, std::vector<problem>& problems) {
  backend_checker{document, problems}.check();
}

} // namespace otafleet::scenarios
