#include "device/machine.hpp"

#include <utility>

#include "device/client.hpp"

namespace otafleet::device {

namespace {

const std::string nothing;

} // namespace

class machine::impl : public client {
public:
  using client::client;
};

machine::machine(const settings& common, device_seed seed, uptane::document_pool& pool, uptane::probe& watch,
                 storage remembered)
    : impl_(std::make_unique<impl>(common, seed, pool, watch, std::move(remembered))) {}

machine::~machine() = default;
machine::machine(machine&&) noexcept = default;
machine& machine::operator=(machine&&) noexcept = default;

effects machine::on(event what, uptane::utc_time now) {
  return impl_->on(std::move(what), now);
}

life_state machine::state() const noexcept {
  return impl_->state();
}

const std::string& machine::device_id() const noexcept {
  return impl_->remembered().device_id;
}

const std::string& machine::ecu_serial() const noexcept {
  return impl_->remembered().primary.serial;
}

const std::string& machine::installed_filename() const noexcept {
  const auto& installed = impl_->remembered().primary.installed;
  return installed ? installed->filename : nothing;
}

const std::string& machine::installed_sha256() const noexcept {
  const auto& installed = impl_->remembered().primary.installed;
  return installed ? installed->hashes.sha256 : nothing;
}

std::uint64_t machine::report_counter() const noexcept {
  return impl_->remembered().report_counter;
}

const storage& machine::remembered() const noexcept {
  return impl_->remembered();
}

} // namespace otafleet::device
