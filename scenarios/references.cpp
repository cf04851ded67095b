#include <algorithm>
#include <map>
#include <string>

#include "scenarios/build.hpp"
#include "scenarios/check.hpp"
#include "scenarios/suggestion.hpp"

namespace otafleet::scenarios {

namespace {

class reference_checker {
public:
  reference_checker(const node& document, const scenario& built, std::vector<problem>& problems)
      : document_(document), built_(built), problems_(problems) {}

  void check() {
    check_fleets();
    std::uint64_t devices = 0;
    for (const auto& one : built_.fleets)
      devices += one.devices;
    if (devices > 1'000'000)
      complain(problems_, document_.find("fleets")->at, "fleets", "all fleets together have more than 1000000 devices");
    for (std::size_t i = 0; i != built_.operations.size(); ++i) {
      const auto path = "operations[" + std::to_string(i) + "]";
      const auto& from = document_.find("operations")->items[i];
      if (const auto* image = std::get_if<upload>(&built_.operations[i].what))
        check_upload(*image, *from.find("upload"), path + ".upload");
      else
        check_assign(std::get<assign>(built_.operations[i].what), *from.find("assign"), path + ".assign");
    }
  }

private:
  void check_fleets() {
    for (const auto& one : built_.fleets) {
      const auto& from = *document_.find("fleets")->find(one.name);
      const auto path = "fleets." + one.name;
      check_account(one.account, *from.find("account"), path + ".account");
      const auto& poll = *from.find("poll")->find("every");
      if (one.poll_every < std::chrono::milliseconds{10})
        complain(problems_, poll.at, path + ".poll.every", "must be at least 10ms");
      if (one.install_p99 < one.install_p50)
        complain(problems_, from.find("install")->find("takes")->at, path + ".install.takes",
                 "p99 must not be below p50; give both");
    }
  }

  void check_account(const std::string& name, const node& at, const std::string& path) {
    if (built_.accounts.contains(name))
      return;
    std::vector<std::string> names;
    for (const auto& [known, unused] : built_.accounts)
      names.push_back(known);
    complain(problems_, at.at, path,
             "there is no account \"" + name + "\"" + did_you_mean(name, names) + "; known are " + listed(names));
  }

  void check_upload(const upload& what, const node& from, const std::string& path) {
    check_account(what.account, *from.find("account"), path + ".account");
    if (what.size_bytes > 512 * 1024 * 1024)
      complain(problems_, from.find("size")->at, path + ".size", "must be at most 512MiB, the online limit of the backend");
    if (!images_.emplace(what.image, &what).second)
      complain(problems_, from.find("image")->at, path + ".image",
               "an image of that name is uploaded already; images are never replaced, so take another name");
  }

  void check_assign(const assign& what, const node& from, const std::string& path) {
    const auto fleet = std::find_if(built_.fleets.begin(), built_.fleets.end(),
                                    [&](const auto& one) { return one.name == what.fleet; });
    if (fleet == built_.fleets.end()) {
      std::vector<std::string> names;
      for (const auto& one : built_.fleets)
        names.push_back(one.name);
      complain(problems_, from.find("fleet")->at, path + ".fleet",
               "there is no fleet \"" + what.fleet + "\"" + did_you_mean(what.fleet, names) + "; known are " + listed(names));
    }
    const auto image = images_.find(what.image);
    if (image == images_.end())
      complain(problems_, from.find("image")->at, path + ".image",
               "no image \"" + what.image + "\" was uploaded before; add an upload above this operation");
    else if (fleet != built_.fleets.end())
      check_fit(*image->second, *fleet, from, path);
    check_waves(what, *from.find("waves"), path + ".waves");
  }

  void check_fit(const upload& image, const fleet& fleet, const node& from, const std::string& path) {
    if (image.account != fleet.account)
      complain(problems_, from.find("image")->at, path + ".image",
               "the image is in account \"" + image.account + "\", the fleet in \"" + fleet.account + "\"");
    if (std::find(image.hardware.begin(), image.hardware.end(), fleet.hardware) == image.hardware.end())
      complain(problems_, from.find("image")->at, path + ".image",
               "the image is for hardware " + listed(image.hardware) + ", the fleet is " + fleet.hardware);
  }

  void check_waves(const assign& what, const node& from, const std::string& path) {
    double before = 0;
    for (const auto share : what.waves) {
      if (share <= before) {
        complain(problems_, from.at, path, "waves must grow, as in [1%, 10%, 100%]");
        return;
      }
      before = share;
    }
    if (before != 1)
      complain(problems_, from.at, path, "the last wave must be 100%");
  }

  const node& document_;
  const scenario& built_;
  std::vector<problem>& problems_;
  std::map<std::string, const upload*> images_;
};

} // namespace

void check_references(const node& document, const scenario& built, std::vector<problem>& problems) {
  reference_checker{document, built, problems}.check();
}

} // namespace otafleet::scenarios
