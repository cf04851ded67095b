#include "server-stub/attack_ledger.hpp"

#include <algorithm>
#include <functional>

namespace otafleet::stub {

namespace {

std::uint64_t hash_of(std::string_view text) noexcept {
  return std::hash<std::string_view>{}(text);
}

std::uint16_t bit_of(attack_kind kind) noexcept {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(kind));
}

} // namespace

attack_count& attack_ledger::count_of(attack_kind kind) {
  auto& count = counts_[static_cast<std::size_t>(kind)];
  if (!count)
    count.emplace();
  return *count;
}

void attack_ledger::switched_on(attack_kind kind) {
  static_cast<void>(count_of(kind));
}

attack_ledger::entry* attack_ledger::of(std::string_view device) {
  const auto id = hash_of(device);
  const auto found = devices_.find(id);
  if (found != devices_.end())
    return &found->second;
  return devices_.size() < capacity_ ? &devices_[id] : nullptr;
}

attack_ledger::entry* attack_ledger::find(std::string_view device) {
  const auto found = devices_.find(hash_of(device));
  return found == devices_.end() ? nullptr : &found->second;
}

void attack_ledger::served(entry& device, attack_kind kind, bent_part part, std::string_view file) {
  auto& count = count_of(kind);
  ++count.served;
  if ((device.served_kinds & bit_of(kind)) == 0) {
    device.served_kinds |= bit_of(kind);
    ++count.devices;
  }
  if (device.open == bent_part::none)
    ++open_;
  device.open = part;
  device.open_kind = kind;
  if (part == bent_part::image && device.files.size() < max_bent_images && !has_open_image(device, file))
    device.files.push_back(hash_of(file));
}

void attack_ledger::accepted(entry& device) {
  if (device.open == bent_part::none || (device.accepted_kinds & bit_of(device.open_kind)) != 0)
    return;
  device.accepted_kinds |= bit_of(device.open_kind);
  ++count_of(device.open_kind).accepted;
}

bool attack_ledger::has_open_image(const entry& device, std::string_view file) {
  return std::find(device.files.begin(), device.files.end(), hash_of(file)) != device.files.end();
}

void attack_ledger::close(entry& device) {
  if (device.open == bent_part::none)
    return;
  device.open = bent_part::none;
  device.files.clear();
  --open_;
}

} // namespace otafleet::stub
