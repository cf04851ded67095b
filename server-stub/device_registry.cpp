#include "server-stub/device_registry.hpp"

#include <algorithm>
#include <iterator>

namespace otafleet::stub {

namespace {

template <class Iterator>
std::vector<device_registry::entry> copies(Iterator from, Iterator end, std::size_t limit) {
  std::vector<device_registry::entry> page;
  for (; from != end && page.size() < limit; ++from)
    page.emplace_back(from->first, from->second);
  return page;
}

} // namespace

std::pair<device_record&, bool> device_registry::find_or_create(std::string_view device, std::int64_t now) {
  auto at = devices_.lower_bound(device);
  if (at != devices_.end() && at->first == device)
    return {at->second, false};
  at = devices_.emplace_hint(at, std::string{device}, device_record{});
  at->second.created_at = now;
  return {at->second, true};
}

const device_record* device_registry::find(std::string_view device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second;
}

device_record* device_registry::find(std::string_view device) {
  const auto found = devices_.find(device);
  return found == devices_.end() ? nullptr : &found->second;
}

std::vector<device_registry::entry> device_registry::page_after(std::string_view after, std::size_t limit) const {
  // The empty id is nobody's, so that everything comes after it.
  return copies(devices_.upper_bound(after), devices_.end(), limit);
}

std::vector<device_registry::entry> device_registry::page_at(std::size_t offset, std::size_t limit) const {
  const auto skipped = static_cast<std::ptrdiff_t>(std::min(offset, devices_.size()));
  return copies(std::next(devices_.begin(), skipped), devices_.end(), limit);
}

} // namespace otafleet::stub
