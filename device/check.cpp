// What is new for the vehicle, and whether both repositories list it (protocol.md sections 5.2, 5.4, 5.5 and 9.3).
#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "device/client.hpp"
#include "uptane/target_search.hpp"
#include "uptane/vehicle.hpp"

namespace otafleet::device {

task<client::targets_or_failure> client::check() {
  co_await send_manifest();
  co_return co_await find_updates();
}

task<client::targets_or_failure> client::find_updates() {
  const auto director = co_await update_director();
  if (!director)
    co_return tl::unexpected(director.error());
  if (!store_.director.targets())
    co_return targets{};
  auto fresh = new_targets();
  if (!fresh || fresh->empty())
    co_return fresh;

  const auto image = co_await update_image_repository();
  if (!image)
    co_return tl::unexpected(image.error());
  for (auto& wanted : *fresh) {
    auto searching = find_in_image_repository(wanted);
    auto found = co_await searching;
    if (!found) {
      store_failure("VERIFICATION_FAILED", "Metadata verification failed.");
      co_return tl::unexpected(found.error());
    }
    wanted = std::move(*found);
  }
  co_return fresh;
}

/// Top-level targets first, then the delegations that may speak of it, fetched as the search comes to them.
task<tl::expected<uptane::target, uptane::failure>> client::find_in_image_repository(uptane::target wanted) {
  uptane::target_search search{std::move(wanted)};
  for (;;) {
    auto by = judge();
    auto step = search.next(store_.image, by);
    if (!step)
      co_return tl::unexpected(std::move(step.error()));
    if (auto* found = std::get_if<uptane::target>(&*step))
      co_return std::move(*found);
    const auto& name = std::get<uptane::target_search::needs>(*step).delegation;
    const auto text = co_await fetch_delegation(name);
    if (!text)
      co_return tl::unexpected(search.missing(text.error()));
    by.now = io_.now();
    if (auto accepted = search.accept(store_.image, *text, by); !accepted)
      co_return tl::unexpected(std::move(accepted.error()));
  }
}

/// `run_mode::check`: one metadata cycle and the images, and nothing that the backend would remember.
task<bool> client::check_only() {
  state_ = life_state::checking;
  const auto wanted = co_await find_updates();
  if (!wanted) {
    tell(milestone::check_failed, wanted.error().label(), wanted.error().detail);
    co_return false;
  }
  state_ = life_state::downloading;
  for (const auto& target : *wanted) {
    std::string why;
    const auto downloaded = co_await try_download(target, why);
    if (!downloaded) {
      tell(milestone::download_failed, why, target.filename);
      co_return false;
    }
    tell(milestone::checked, {}, target.filename);
  }
  co_return true;
}

std::vector<uptane::ecu> client::vehicle() const {
  std::vector<uptane::ecu> ecus(ecu_count());
  for (std::size_t ecu = 0; ecu != ecu_count(); ++ecu) {
    ecus[ecu].serial = memory_of(ecu).serial;
    ecus[ecu].hardware_id = settings_of(ecu).hardware_id;
    ecus[ecu].is_primary = ecu == 0;
    ecus[ecu].installed = memory_of(ecu).installed;
  }
  return ecus;
}

client::targets_or_failure client::new_targets() const {
  const auto ecus = vehicle();
  return uptane::new_targets(*store_.director.targets(), ecus, set_.pacman == package_manager::ostree);
}

/// Section 5.5: before download and again before installation, all that is stored must still hold and list these
/// targets. An empty result: they are all installed by now.
client::targets_or_failure client::recheck(const targets& wanted) {
  auto by = judge();
  if (auto director = store_.director.recheck(by); !director)
    return tl::unexpected(std::move(director.error()));
  auto fresh = new_targets();
  if (!fresh || fresh->empty())
    return fresh;
  if (auto image = store_.image.recheck(by); !image)
    return tl::unexpected(std::move(image.error()));
  for (const auto& target : wanted) {
    if (std::ranges::none_of(*fresh, [&](const auto& one) { return uptane::matches(one, target); }))
      return tl::unexpected(uptane::failure{uptane::failure_code::target_mismatch,
                                            uptane::repository::director,
                                            {},
                                            target.filename + " is no longer in the Director's list"});
    if (auto in_image = uptane::find_stored(target, store_.image, by); !in_image)
      return tl::unexpected(std::move(in_image.error()));
  }
  return fresh;
}

} // namespace otafleet::device
