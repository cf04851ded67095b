#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "scenarios/bound.hpp"
#include "scenarios/build.hpp"
#include "scenarios/check.hpp"
#include "scenarios/lookup.hpp"
#include "scenarios/suggestion.hpp"
#include "scenarios/units.hpp"

namespace otafleet::scenarios {

namespace {

constexpr std::uint64_t most_devices = 1'000'000;
constexpr std::uint64_t largest_image = 512 * 1024 * 1024;
constexpr duration shortest_poll = std::chrono::milliseconds{10};

// -- reading what may be missing or wrong -----------------------------------------

[[nodiscard]] std::vector<std::string> hardware_of(const node& upload) {
  const auto& given = at(upload, "hardware");
  if (given.is == node::kind::scalar)
    return {given.text};
  std::vector<std::string> all;
  for (const auto& one : given.items)
    all.push_back(one.text);
  return all;
}

/// Of all ECUs of a fleet's devices, the primary's first.
[[nodiscard]] std::vector<std::string> hardware_of_devices(const node& fleet) {
  std::vector<std::string> all{at(fleet, "hardware").text};
  for (const auto& one : at(fleet, "secondaries").items)
    all.push_back(at(one, "hardware").text);
  return all;
}

// -- checks -----------------------------------------------------------------------

class reference_checker {
public:
  reference_checker(const node& document, std::vector<problem>& problems)
      : accounts_(at(document, "accounts")), fleets_(at(document, "fleets")), operations_(at(document, "operations")),
        faults_(at(document, "faults")), problems_(problems) {}

  void check() {
    std::uint64_t devices = 0;
    for (const auto& [name, key_at, fleet] : fleets_.members) {
      check_fleet(fleet, "fleets." + name);
      devices += std::min(number(at(fleet, "devices")), most_devices);
    }
    if (fleets_.members.size() > 1 && devices > most_devices)
      complain(problems_, fleets_.at, "fleets", "all fleets together have more than 1000000 devices");
    for (std::size_t i = 0; i != operations_.items.size(); ++i) {
      const auto path = "operations[" + std::to_string(i) + "]";
      const auto& what = operations_.items[i];
      if (const auto* upload = what.find("upload"))
        check_upload(*upload, path + ".upload");
      if (const auto* assign = what.find("assign"))
        check_assign(*assign, path + ".assign");
      if (const auto* rotate = what.find("rotate"))
        check_account(at(*rotate, "account"), path + ".rotate.account");
      if (faults_.items.empty() && waits_for_faults(what))
        complain(problems_, at(what, "when").at, path + ".when", "there are no faults to wait for");
    }
    for (std::size_t i = 0; i != faults_.items.size(); ++i) {
      const auto path = "faults[" + std::to_string(i) + "]";
      check_account(at(faults_.items[i], "account"), path + ".account");
      if (waits_for_faults(faults_.items[i]))
        complain(problems_, at(faults_.items[i], "when").at, path + ".when",
                 "a fault cannot wait for the faults; without a moment it follows the one before it");
    }
  }

private:
  [[nodiscard]] static bool waits_for_faults(const node& what) {
    const auto moment = read_moment(at(what, "when").text);
    return moment && std::holds_alternative<when_faults_over>(*moment);
  }

  void check_fleet(const node& fleet, const std::string& path) {
    check_account(at(fleet, "account"), path + ".account");
    const auto& every = at(at(fleet, "poll"), "every");
    if (read_duration(every.text).value_or(shortest_poll) < shortest_poll)
      complain(problems_, every.at, path + ".poll.every", "must be at least 10ms");
    const auto& takes = at(at(fleet, "install"), "takes");
    const auto p50 = read_duration(at(takes, "p50").text);
    const auto p99 = read_duration(at(takes, "p99").text);
    if (p50 && p99 && *p99 < *p50)
      complain(problems_, takes.at, path + ".install.takes", "p99 must not be below p50; give both");
    if (p50 && p99 && *p50 == duration::zero() && *p99 > duration::zero())
      complain(problems_, takes.at, path + ".install.takes", "p50 must be above 0s when p99 is; give both");
  }

  void check_account(const node& given, const std::string& path) {
    if (given.text.empty() || accounts_.members.empty() || accounts_.find(given.text) != nullptr)
      return;
    const auto names = names_in(accounts_);
    complain(problems_, given.at, path,
             "there is no account \"" + given.text + "\"" + did_you_mean(given.text, names) + "; known are " +
                 listed(names));
  }

  void check_upload(const node& upload, const std::string& path) {
    check_account(at(upload, "account"), path + ".account");
    const auto& size = at(upload, "size");
    if (const auto bytes = read_size(size.text); bytes && (*bytes == 0 || *bytes > largest_image))
      complain(problems_, size.at, path + ".size", "must be between 1B and 512MiB, the online limit of the backend");
    const auto& image = at(upload, "image");
    if (image.text.empty())
      all_images_known_ = false;
    else if (!images_.emplace(image.text, &upload).second)
      complain(problems_, image.at, path + ".image",
               "an image of that name is uploaded already; images are never replaced, so take another name");
  }

  void check_assign(const node& assign, const std::string& path) {
    check_waves(at(assign, "waves"), path + ".waves");
    const auto& fleet = at(assign, "fleet");
    const auto* known_fleet = fleets_.find(fleet.text);
    if (known_fleet == nullptr && !fleet.text.empty() && !fleets_.members.empty()) {
      const auto names = names_in(fleets_);
      complain(problems_, fleet.at, path + ".fleet",
               "there is no fleet \"" + fleet.text + "\"" + did_you_mean(fleet.text, names) + "; known are " +
                   listed(names));
    }
    const auto& image = at(assign, "image");
    const auto known_image = images_.find(image.text);
    if (known_image != images_.end() && known_fleet != nullptr)
      check_fit(*known_image->second, *known_fleet, image, path + ".image");
    else if (known_image == images_.end() && !image.text.empty() && all_images_known_)
      complain(problems_, image.at, path + ".image",
               "no image \"" + image.text + "\" was uploaded before; add an upload above this operation");
  }

  void check_fit(const node& upload, const node& fleet, const node& image, const std::string& path) {
    const auto& image_account = at(upload, "account").text;
    const auto& fleet_account = at(fleet, "account").text;
    if (!image_account.empty() && !fleet_account.empty() && image_account != fleet_account)
      complain(problems_, image.at, path,
               "the image is in account \"" + image_account + "\", the fleet in \"" + fleet_account + "\"");
    const auto hardware = hardware_of(upload);
    const auto wanted = hardware_of_devices(fleet);
    const bool fits = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
      return one.empty() || std::find(hardware.begin(), hardware.end(), one) != hardware.end();
    });
    if (!hardware.empty() && !fits)
      complain(problems_, image.at, path,
               "the image is for hardware " + listed(hardware) + ", the fleet is " + listed(wanted));
  }

  void check_waves(const node& waves, const std::string& path) {
    double before = 0;
    for (const auto& one : waves.items) {
      const auto share = read_share(one.text);
      if (!share)
        return;
      if (*share <= before) {
        complain(problems_, one.at, path, "waves must grow, as in [1%, 10%, 100%]");
        return;
      }
      before = *share;
    }
    if (!waves.items.empty() && before != 1)
      complain(problems_, waves.at, path, "the last wave must be 100%");
  }

  const node& accounts_;
  const node& fleets_;
  const node& operations_;
  const node& faults_;
  std::vector<problem>& problems_;
  std::map<std::string, const node*> images_;
  /// False when an upload has no name that could be read: its image is not to be missed.
  bool all_images_known_ = true;
};

} // namespace

void check_references(const node& document, std::vector<problem>& problems) {
  reference_checker{document, problems}.check();
  check_backend(document, problems);
}

} // namespace otafleet::scenarios
