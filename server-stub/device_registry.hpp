// All devices of one account by id. They are never removed: a fleet's history stays accountable.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server-stub/device_record.hpp"

namespace otafleet::stub {

/// Not thread safe. References to records stay valid as long as the registry.
class device_registry {
public:
  using entry = std::pair<std::string, device_record>;

  /// The device, and whether this call created it.
  std::pair<device_record&, bool> find_or_create(std::string_view device, std::int64_t now);

  [[nodiscard]] const device_record* find(std::string_view device) const;
  [[nodiscard]] device_record* find(std::string_view device);

  [[nodiscard]] std::vector<entry> page_after(std::string_view after, std::size_t limit) const;
  [[nodiscard]] std::vector<entry> page_at(std::size_t offset, std::size_t limit) const;
  [[nodiscard]] std::size_t size() const noexcept { return devices_.size(); }

private:
  std::map<std::string, device_record, std::less<>> devices_;
};

} // namespace otafleet::stub
