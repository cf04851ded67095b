#include "actors/fleet_actor.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>

#include "actors/messages.hpp"
#include "device/device_id.hpp"
#include "net/identity.hpp"

namespace otafleet::actors {

namespace {

/// How long devices may finish what they have on the wire before they are cut off.
constexpr std::chrono::seconds stop_grace{5};

class fleet_actor final : public caf::event_based_actor {
public:
  fleet_actor(caf::actor_config& config, const fleet_context& shared, const fleet_plan& plan, run_monitor& monitor,
              caf::actor operator_of_run, caf::actor faults, std::promise<std::vector<device_record>> records)
      : caf::event_based_actor(config), shared_(shared), plan_(plan), monitor_(monitor),
        operator_(std::move(operator_of_run)), faults_(std::move(faults)), promise_(std::move(records)),
        records_(plan.devices) {
    standing_.name = shared.name;
    standing_.devices = plan.devices;
    devices_.reserve(plan.devices);
  }

  caf::behavior make_behavior() override {
    send(this, due_atom::value);
    return {
        [this](due_atom) { start_due_devices(); },
        [this](const device_news& news) { hear(news); },
        [this](goal_atom, const std::string& filename, bool is_for_primaries) { set_goal(filename, is_for_primaries); },
        [this](stop_atom) { stop(); },
        [this](wake_atom) { cut_off_the_rest(); },
    };
  }

  /// Breaks the circle of references with devices and operator.
  void on_exit() override {
    devices_.clear();
    operator_ = nullptr;
    faults_ = nullptr;
  }

private:
  void start_due_devices() {
    const auto now = std::chrono::steady_clock::now();
    while (!stopping_ && devices_.size() < plan_.devices) {
      const auto index = static_cast<std::uint32_t>(devices_.size());
      const auto intended = plan_.run_start + plan_.schedule.intended_start(index);
      if (intended > now) {
        scheduled_send(this, intended, due_atom::value);
        return;
      }
      device_place place{index, plan_.first_run_index + index, intended, {}, {}};
      if (plan_.mint != nullptr && !preload(place))
        return;
      records_[index].started = true;
      devices_.push_back(spawn_device(system(), shared_, std::move(place), this));
    }
  }

  /// Puts into a device what it is delivered with. False when that cannot be made, which ends the run.
  [[nodiscard]] bool preload(device_place& place) {
    place.device_id = device::first_device_id(shared_.settings, {shared_.seed, place.run_index});
    auto made = plan_.mint->make(place.device_id);
    if (!made) {
      monitor_.operation_failed("the certificate of device " + place.device_id + " cannot be made: " + made.error());
      return false;
    }
    auto trust = shared_.trust.store_for(made->authorities);
    if (!trust) {
      monitor_.operation_failed("device " + place.device_id + ": " + trust.error());
      return false;
    }
    // The real client sends nothing but what is in client.pem (protocol.md section 2.1).
    place.identity = std::make_shared<const net::identity>(std::move(made->key), made->leaf, std::move(*trust));
    return true;
  }

  void hear(const device_news& news) {
    using kind = device_news::kind;
    auto& record = records_.at(news.index);
    switch (news.what) {
    case kind::provisioned:
      record.device_id = news.device_id;
      record.provisioned = true;
      ++standing_.provisioned;
      send(operator_, device_ready{shared_.name, news.index, news.device_id});
      publish();
      break;
    case kind::provisioning_failed:
      record.device_id = news.device_id;
      ++record.provisioning_failures;
      record.last_failure = news.text;
      break;
    case kind::step_failed:
      ++record.failed_steps;
      record.last_failure = news.text;
      if (faults_)
        send(faults_, device_failed{plan_.account, plan_.first_run_index + news.index, news.text, news.cycle_began});
      break;
    case kind::update_reported:
      ++record.updates_reported;
      record.reported_filename = news.text;
      record.reported_sha256 = news.sha256;
      // An image for secondaries leaves the primary's as it is.
      if (standing_.goals != 0 && (news.text == goal_ || !goal_is_for_primaries_))
        finish_goal(news.index, standing_.updated);
      break;
    case kind::update_failed:
      ++record.updates_failed;
      record.last_failure = news.text;
      if (standing_.goals != 0)
        finish_goal(news.index, standing_.failed);
      break;
    case kind::gone:
      record.cut_off = news.cut_off;
      ++gone_;
      finish_when_all_are_gone();
      break;
    }
  }

  void set_goal(const std::string& filename, bool is_for_primaries) {
    goal_ = filename;
    goal_is_for_primaries_ = is_for_primaries;
    finished_.assign(plan_.devices, false);
    ++standing_.goals;
    standing_.updated = 0;
    standing_.failed = 0;
    publish();
  }

  /// Counts each device once, however often it fails or reports.
  void finish_goal(std::uint32_t index, std::uint32_t& counter) {
    if (finished_[index])
      return;
    finished_[index] = true;
    ++counter;
    publish();
  }

  void publish() {
    monitor_.set(plan_.number, standing_);
    const fleet_progress progress{shared_.name, standing_.devices, standing_.provisioned, standing_.updated};
    send(operator_, progress);
    if (faults_)
      send(faults_, progress);
  }

  void stop() {
    if (stopping_)
      return;
    stopping_ = true;
    for (const auto& device : devices_)
      send(device, stop_atom::value);
    delayed_send(this, stop_grace, wake_atom::value);
    finish_when_all_are_gone();
  }

  void cut_off_the_rest() {
    for (std::uint32_t i = 0; i != devices_.size(); ++i)
      shared_.transport.cancel(net::device_index{plan_.first_run_index + i});
  }

  void finish_when_all_are_gone() {
    if (!stopping_ || gone_ != devices_.size())
      return;
    promise_.set_value(std::move(records_));
    quit();
  }

  const fleet_context& shared_;
  const fleet_plan plan_;
  run_monitor& monitor_;
  caf::actor operator_;
  /// Whoever plays the scenario's faults, if anybody does.
  caf::actor faults_;
  std::promise<std::vector<device_record>> promise_;
  std::vector<device_record> records_;
  std::vector<caf::actor> devices_;
  std::string goal_;
  bool goal_is_for_primaries_ = true;
  /// By device: whether it is done with the goal, one way or the other.
  std::vector<bool> finished_;
  fleet_standing standing_;
  std::size_t gone_ = 0;
  bool stopping_ = false;
};

} // namespace

caf::actor spawn_fleet(caf::actor_system& system, const fleet_context& shared, const fleet_plan& plan,
                       run_monitor& monitor, caf::actor operator_of_run, caf::actor faults,
                       std::promise<std::vector<device_record>> records) {
  return system.spawn<fleet_actor>(shared, plan, monitor, std::move(operator_of_run), std::move(faults),
                                   std::move(records));
}

} // namespace otafleet::actors
