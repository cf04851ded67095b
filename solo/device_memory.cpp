#include "solo/device_memory.hpp"

#include <charconv>
#include <utility>

#include <system_error>

#include "device/storage_records.hpp"

namespace otafleet::solo {

namespace {

constexpr const char* starts_name = "starts";

/// 0 for a new device; a failure for what is no number.
[[nodiscard]] tl::expected<std::uint64_t, std::string> starts_in(const records& found) {
  const auto record = found.find(starts_name);
  if (record == found.end())
    return 0;
  const auto& text = record->second;
  std::uint64_t starts = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), starts);
  if (wrong != std::errc{} || end != text.data() + text.size())
    return tl::unexpected(std::string{"the record 'starts' is damaged: it must be a number"});
  return starts;
}

} // namespace

device_memory::device_memory(state_store store, keychain keys, device::storage remembered, reboot_sentinel sentinel)
    : store_(std::move(store)), keys_(std::move(keys)), remembered_(std::move(remembered)),
      sentinel_(std::move(sentinel)), is_pending_(remembered_.pending.has_value()) {}

tl::expected<device_memory, std::string> device_memory::open(const session_options& options, uptane::judge& by) {
  auto store = state_store::open(options.state_directory);
  if (!store)
    return tl::unexpected(std::move(store.error()));
  const auto damaged = [&](const std::string& why) {
    return tl::unexpected(store->file().string() + ": " + why +
                          "; restore the file from a copy, or move it away to begin as a new device");
  };
  // The authorities of a PKCS#12 are sent along, those of an import folder are not (net/identity.hpp).
  const auto chain = options.settings.provisioning == device::provisioning_mode::shared_credentials
                         ? net::sent_chain::leaf_and_anchors
                         : net::sent_chain::leaf;
  auto keys = keychain::from_records(store->content(), chain);
  if (!keys)
    return damaged(keys.error());
  auto remembered = device::from_records(store->content(), by);
  if (!remembered)
    return damaged(remembered.error());
  const auto starts = starts_in(store->content());
  if (!starts)
    return damaged(starts.error());
  device_memory made{std::move(*store), std::move(*keys), std::move(*remembered),
                     reboot_sentinel{options.state_directory}};
  made.earlier_starts_ = *starts;
  if (auto imported = made.import(options); !imported)
    return tl::unexpected(std::move(imported.error()));
  return made;
}

tl::expected<void, std::string> device_memory::import(const session_options& options) {
  if (options.shared)
    if (auto shared = keys_.share(*options.shared); !shared)
      return tl::unexpected("the shared credential cannot be used: " + shared.error());
  if (options.settings.provisioning != device::provisioning_mode::device_credentials)
    return {};
  if (options.imported)
    if (auto adopted = keys_.adopt(*options.imported); !adopted)
      return tl::unexpected("the device's credential cannot be used: " + adopted.error());
  // What was imported once is enough: the files may be gone since. A name that was used once stays, whatever a newer
  // certificate says (protocol.md section 2.1).
  remembered_.has_certificate = keys_.own().has_value();
  if (remembered_.has_certificate && remembered_.device_id.empty())
    remembered_.device_id =
        options.settings.device_id.empty() ? keys_.own()->leaf.common_name() : options.settings.device_id;
  return {};
}

bool device_memory::has_rebooted(std::optional<bool> told) const {
  return told.value_or(is_pending_ && !sentinel_.is_there());
}

tl::expected<void, std::string> device_memory::power_on(bool after_reboot) {
  if (after_reboot)
    return sentinel_.remove();
  // Told from outside that there was no reboot; the next start must not find one.
  return is_pending_ ? sentinel_.make() : tl::expected<void, std::string>{};
}

tl::expected<void, std::string> device_memory::save(const device::storage& state) {
  const bool was_pending = std::exchange(is_pending_, state.pending.has_value());
  // Before the state: an installation that waits for a reboot without the sentinel would count as rebooted.
  if (is_pending_ && !was_pending)
    if (auto made = sentinel_.make(); !made)
      return made;
  auto content = to_records(state);
  keys_.add_records(content);
  content.emplace(starts_name, std::to_string(earlier_starts_ + 1));
  if (auto saved = store_.save(std::move(content)); !saved)
    return saved;
  return was_pending && !is_pending_ ? sentinel_.remove() : tl::expected<void, std::string>{};
}

} // namespace otafleet::solo
