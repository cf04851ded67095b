#include "actors/operator_actor.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include <caf/all.hpp>

#include "actors/messages.hpp"
#include "actors/pending_answers.hpp"
#include "device/dice.hpp"
#include "pki/digest.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

/// Devices in one assignment request, and how long stragglers are collected for the next one.
constexpr std::size_t assignment_batch = 500;
constexpr std::chrono::milliseconds straggler_pause{500};

/// An image that was uploaded.
struct uploaded_image {
  image_facts facts;
  std::vector<std::string> hardware;
};

/// An assignment under way: the waves launched so far, and the devices that still wait for theirs.
struct campaign {
  const scenarios::assign* plan = nullptr;
  const scenarios::fleet* fleet = nullptr;
  std::string update_id;
  std::string correlation_id;
  std::size_t waves_launched = 0;
  /// Devices with an index below this one belong to the launched waves.
  std::uint32_t share = 0;
  /// Provisioned, in the share or not, and not yet assigned.
  std::map<std::uint32_t, std::string> waiting;
};

[[nodiscard]] std::uint32_t devices_in_share(double share, std::uint32_t devices) {
  return static_cast<std::uint32_t>(std::ceil(share * devices - 1e-9));
}

class operator_actor final : public caf::event_based_actor {
public:
  operator_actor(caf::actor_config& config, operator_setup setup)
      : caf::event_based_actor(config), setup_(std::move(setup)),
        ids_({setup_.plan.seed, 0}, device::purpose::campaign) {}

  caf::behavior make_behavior() override {
    return {
        [this](fleet_atom, const std::string& fleet, const caf::actor& actor) { fleets_.emplace(fleet, actor); },
        [this](start_atom) { start_next(); },
        [this](const fleet_progress& progress) {
          progress_[progress.fleet] = progress;
          if (waiting_for_moment_ && moment_has_come())
            carry_out();
        },
        [this](const device_ready& ready) { hear(ready); },
        [this](wake_atom, std::size_t operation) {
          if (operation == next_ && !busy_)
            carry_out();
        },
        [this](over_atom) {
          faults_over_ = true;
          if (waiting_for_moment_ && moment_has_come())
            carry_out();
        },
        [this](due_atom) {
          stragglers_due_ = false;
          assign_waiting();
        },
        [this](wave_atom, std::size_t number) { launch_wave(number); },
        [this](reply_atom, std::size_t request, net::reply& answer) { receive(request, answer); },
        [this](stop_atom) {
          stopping_ = true;
          setup_.transport.cancel(operators_index);
          quit_when_quiet();
        },
    };
  }

  /// Breaks the circle of references with the fleets.
  void on_exit() override {
    fleets_.clear();
    open_.forget();
  }

private:
  // -- operations in their order ------------------------------------------------

  void start_next() {
    waiting_for_moment_ = false;
    busy_ = false;
    if (next_ == setup_.plan.operations.size()) {
      setup_.monitor.operations_done();
      return;
    }
    const auto& when = setup_.plan.operations[next_].when;
    if (const auto* at = std::get_if<scenarios::at_time>(&when)) {
      scheduled_send(this, setup_.run_start + at->after_start, wake_atom::value, next_);
    } else if (!std::holds_alternative<std::monostate>(when) && !moment_has_come()) {
      waiting_for_moment_ = true;
    } else {
      carry_out();
    }
  }

  [[nodiscard]] bool moment_has_come() const {
    const auto& operation = setup_.plan.operations[next_];
    if (std::holds_alternative<scenarios::when_faults_over>(operation.when))
      return faults_over_;
    const auto& when = std::get<scenarios::when_share>(operation.when);
    const auto* assigns = std::get_if<scenarios::assign>(&operation.what);
    std::uint64_t all = 0;
    std::uint64_t reached = 0;
    for (const auto& fleet : setup_.plan.fleets) {
      if (assigns != nullptr && fleet.name != assigns->fleet)
        continue;
      all += fleet.devices;
      if (const auto known = progress_.find(fleet.name); known != progress_.end())
        reached +=
            when.what == scenarios::when_share::of::provisioned ? known->second.provisioned : known->second.updated;
    }
    return static_cast<double>(reached) >= when.share * static_cast<double>(all) - 1e-9;
  }

  void carry_out() {
    waiting_for_moment_ = false;
    busy_ = true;
    const auto& what = setup_.plan.operations[next_].what;
    ++next_;
    std::visit([this](const auto& one) { carry_out(one); }, what);
  }

  void carry_out(const scenarios::upload& what) {
    auto content = make_image(setup_.plan.seed, what.image, what.size_bytes);
    images_[what.image] = {{what.image, pki::sha256_hex(as_bytes(content)), content.size()}, what.hardware};
    const auto sentence = "upload of " + what.image + " to account " + what.account;
    setup_.on_step(sentence);
    send_request(upload_request(access_to(what.account), what.account, what.image, what.hardware, std::move(content)),
                 [this, sentence](net::reply& answer) {
                   if (succeeded(sentence, answer))
                     start_next();
                 });
  }

  void carry_out(const scenarios::assign& what) {
    const auto fleet = std::find_if(setup_.plan.fleets.begin(), setup_.plan.fleets.end(),
                                    [&](const scenarios::fleet& one) { return one.name == what.fleet; });
    campaign fresh;
    fresh.plan = &what;
    fresh.fleet = &*fleet;
    fresh.correlation_id = "urn:here-ota:campaign:" + ids_.uuid();
    fresh.waiting = ready_[what.fleet];
    campaigns_.push_back(std::move(fresh));
    const auto number = campaigns_.size() - 1;
    const auto sentence = "assignment of " + what.image + " to fleet " + what.fleet;
    setup_.on_step(sentence);
    const auto& image = images_.at(what.image);
    const auto hardware = hardware_for(image, *fleet);
    const bool is_for_primaries = std::find(hardware.begin(), hardware.end(), fleet->hardware) != hardware.end();
    send_request(multi_target_update_request(access_to(fleet->account), fleet->account, hardware, image.facts),
                 [this, number, sentence, is_for_primaries](net::reply& answer) {
                   if (!succeeded(sentence, answer))
                     return;
                   auto id = read_id(answer);
                   if (!id)
                     return fail(sentence + ": " + id.error());
                   auto& under_way = campaigns_[number];
                   under_way.update_id = std::move(*id);
                   // Before the first device can report it.
                   setup_.monitor.goal_announced(under_way.fleet->name);
                   send(fleets_.at(under_way.fleet->name), goal_atom::value, under_way.plan->image, is_for_primaries);
                   launch_wave(number);
                 });
  }

  void carry_out(const scenarios::rotate& what) {
    const std::string_view repository = what.of == scenarios::repository::director ? "director" : "image";
    const auto sentence = "rotation of the " + std::string{repository} + " keys of account " + what.account;
    setup_.on_step(sentence);
    send_request(rotation_request(access_to(what.account), what.account, repository, what.roles),
                 [this, sentence](net::reply& answer) {
                   if (succeeded(sentence, answer))
                     start_next();
                 });
  }

  /// The hardware ids of the fleet's ECUs that the image is for, each once.
  [[nodiscard]] static std::vector<std::string> hardware_for(const uploaded_image& image,
                                                             const scenarios::fleet& fleet) {
    std::vector<std::string> all;
    const auto add = [&](const std::string& id) {
      const bool fits = std::find(image.hardware.begin(), image.hardware.end(), id) != image.hardware.end();
      if (fits && std::find(all.begin(), all.end(), id) == all.end())
        all.push_back(id);
    };
    add(fleet.hardware);
    for (const auto& secondary : fleet.secondaries)
      add(secondary.hardware);
    return all;
  }

  [[nodiscard]] const operator_access& access_to(const std::string& account) const { return setup_.access.at(account); }

  // -- waves --------------------------------------------------------------------

  void launch_wave(std::size_t number) {
    auto& under_way = campaigns_.at(number);
    const auto& waves = under_way.plan->waves;
    under_way.share = devices_in_share(waves[under_way.waves_launched], under_way.fleet->devices);
    ++under_way.waves_launched;
    if (waves.size() > 1)
      setup_.on_step("wave " + std::to_string(under_way.waves_launched) + " of " + std::to_string(waves.size()) + ": " +
                     std::to_string(under_way.share) + " devices");
    assign_waiting();
    if (under_way.waves_launched < waves.size())
      delayed_send(this, under_way.plan->wave_interval, wave_atom::value, number);
    else
      start_next();
  }

  void hear(const device_ready& ready) {
    ready_[ready.fleet].emplace(ready.index, ready.device_id);
    bool concerns_a_campaign = false;
    for (auto& under_way : campaigns_) {
      if (under_way.fleet->name != ready.fleet)
        continue;
      under_way.waiting.emplace(ready.index, ready.device_id);
      concerns_a_campaign = true;
    }
    // Together with those that come within the pause.
    if (concerns_a_campaign && !stragglers_due_) {
      stragglers_due_ = true;
      delayed_send(this, straggler_pause, due_atom::value);
    }
  }

  void assign_waiting() {
    for (auto& under_way : campaigns_) {
      if (under_way.update_id.empty())
        continue;
      const auto end = under_way.waiting.lower_bound(under_way.share);
      std::vector<std::string> batch;
      for (auto one = under_way.waiting.begin(); one != end;) {
        batch.push_back(one->second);
        one = under_way.waiting.erase(one);
        if (batch.size() == assignment_batch || one == end)
          assign(under_way, std::exchange(batch, {}));
      }
    }
  }

  void assign(const campaign& under_way, std::vector<std::string> device_ids) {
    const auto sentence =
        "assignment of " + under_way.plan->image + " to " + std::to_string(device_ids.size()) + " devices";
    send_request(assignment_request(access_to(under_way.fleet->account), under_way.fleet->account, under_way.update_id,
                                    under_way.correlation_id, device_ids),
                 [this, sentence](net::reply& answer) {
                   if (!succeeded(sentence, answer))
                     return;
                   const auto affected = read_ids(answer);
                   if (!affected)
                     return fail(sentence + ": " + affected.error());
                   setup_.on_assigned(affected->size());
                 });
  }

  // -- requests -----------------------------------------------------------------

  void send_request(net::request request, pending_answers::handler then) {
    if (stopping_)
      return;
    const auto number = open_.expect(std::move(then));
    setup_.transport.start(std::move(request), [me = caf::actor{this}, number](net::reply answer) {
      caf::anon_send(me, reply_atom::value, number, std::move(answer));
    });
  }

  void receive(std::size_t request, net::reply& answer) {
    const auto then = open_.take(request);
    if (stopping_)
      quit_when_quiet();
    else if (then)
      then(answer);
  }

  /// The transport's answers must still find this actor.
  void quit_when_quiet() {
    if (open_.empty())
      quit();
  }

  [[nodiscard]] bool succeeded(const std::string& sentence, const net::reply& answer) {
    auto words = complaint(sentence, answer);
    if (words.empty())
      return true;
    fail(std::move(words));
    return false;
  }

  void fail(std::string sentence) { setup_.monitor.operation_failed(std::move(sentence)); }

  operator_setup setup_;
  device::dice ids_;
  std::map<std::string, caf::actor> fleets_;
  std::map<std::string, fleet_progress> progress_;
  /// Provisioned devices by fleet and index.
  std::map<std::string, std::map<std::uint32_t, std::string>> ready_;
  std::map<std::string, uploaded_image> images_;
  std::vector<campaign> campaigns_;
  pending_answers open_;
  /// The operation that is carried out next.
  std::size_t next_ = 0;
  bool waiting_for_moment_ = false;
  bool faults_over_ = false;
  bool stragglers_due_ = false;
  bool busy_ = false;
  bool stopping_ = false;
};

} // namespace

caf::actor spawn_operator(caf::actor_system& system, operator_setup setup) {
  return system.spawn<operator_actor>(std::move(setup));
}

} // namespace otafleet::actors
