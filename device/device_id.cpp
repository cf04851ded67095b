#include "device/device_id.hpp"

#include "device/pretty_name.hpp"

namespace otafleet::device {

std::string device_id_for(const settings& common, const device_seed& seed, dice& names) {
  if (!common.device_id.empty())
    return common.device_id;
  if (common.device_id_prefix.empty())
    return common.uuid_device_id ? names.uuid() : pretty_name(names);
  auto digits = std::to_string(seed.index);
  if (digits.size() < 6)
    digits.insert(0, 6 - digits.size(), '0');
  return common.device_id_prefix + "-" + digits;
}

std::string first_device_id(const settings& common, const device_seed& seed) {
  dice names{seed, purpose::device_id};
  return device_id_for(common, seed, names);
}

} // namespace otafleet::device
