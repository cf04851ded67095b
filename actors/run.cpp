#include "actors/run.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <caf/all.hpp>
#include <sys/resource.h>

#include "actors/backend_questions.hpp"
#include "actors/comparison.hpp"
#include "actors/fault_actor.hpp"
#include "actors/fleet_actor.hpp"
#include "actors/fleet_settings.hpp"
#include "actors/guarded_transport.hpp"
#include "actors/messages.hpp"
#include "actors/operator_actor.hpp"
#include "actors/run_monitor.hpp"
#include "actors/timed_probe.hpp"
#include "actors/verdict.hpp"
#include "net/engine.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds progress_interval{1};

[[nodiscard]] double cpu_seconds_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

[[nodiscard]] std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// One run from set-up to results.
class play {
public:
  explicit play(run_setup setup)
      : setup_(std::move(setup)), plan_(setup_.plan), probe_(setup_.metrics), engine_(net::engine_options{}),
        guard_(engine_, {setup_.backend.allowed_hosts, setup_.backend.max_rate}) {}

  [[nodiscard]] tl::expected<run_outcome, std::string> operator()() {
    if (auto prepared = make_fleets(); !prepared)
      return tl::unexpected(prepared.error());
    const auto end = perform();
    if (end == run_end::operation_failed)
      return tl::unexpected(monitor_->failed_operation());
    return conclude(end);
  }

private:
  // -- before -------------------------------------------------------------------

  [[nodiscard]] tl::expected<void, std::string> make_fleets() {
    std::vector<fleet_standing> standings;
    for (const auto& fleet : plan_.fleets) {
      const auto access = setup_.backend.accounts.find(fleet.account);
      if (access == setup_.backend.accounts.end())
        return tl::unexpected("account " + fleet.account + " is not at the backend");
      const auto provisioning = provisioning_identity(fleet, access->second);
      if (!provisioning)
        return tl::unexpected(provisioning.error());
      contexts_.push_back(std::make_unique<fleet_context>(
          fleet_context{fleet.name, settings_for(fleet, access->second), policy_for(fleet), *provisioning,
                        setup_.backend.is_embedded_stub, plan_.seed, guard_, setup_.metrics, pool_, probe_, trust_}));
      fleet_standing standing;
      standing.name = fleet.name;
      standing.devices = fleet.devices;
      standings.push_back(std::move(standing));
    }
    monitor_.emplace(plan_.end, std::move(standings), !plan_.operations.empty(), !plan_.attacks.empty());
    return register_authorities();
  }

  /// Null for a fleet whose devices are delivered with certificates.
  [[nodiscard]] tl::expected<std::shared_ptr<const net::identity>, std::string>
  provisioning_identity(const scenarios::fleet& fleet, const account_access& access) {
    if (is_delivered_with_certificates(fleet)) {
      if (access.mint == nullptr)
        return tl::unexpected("account " + fleet.account + " has no authority that could vouch for its devices");
      return nullptr;
    }
    if (!access.shared)
      return tl::unexpected("account " + fleet.account + " has no provisioning credential");
    auto& known = provisioning_[fleet.account];
    if (known != nullptr)
      return known;
    auto trust = trust_.store_for(access.shared->authorities);
    if (!trust)
      return tl::unexpected("the provisioning credential of account " + fleet.account + ": " + trust.error());
    // The real client sends everything that its PKCS#12 holds (protocol.md section 1.2).
    known = std::make_shared<const net::identity>(access.shared->key, access.shared->leaf, std::move(*trust),
                                                  net::sent_chain::leaf_and_anchors);
    return known;
  }

  [[nodiscard]] static bool is_delivered_with_certificates(const scenarios::fleet& fleet) {
    return fleet.provisioned_by == scenarios::provisioning::device_credentials;
  }

  /// A live backend knows its authorities already.
  [[nodiscard]] tl::expected<void, std::string> register_authorities() {
    if (!setup_.backend.is_embedded_stub)
      return {};
    for (const auto& [name, account] : setup_.backend.accounts) {
      if (account.mint == nullptr || !account.operators)
        continue;
      if (auto done = register_device_ca(guard_, *account.operators, name, account.mint->authority_pem()); !done)
        return done;
    }
    return {};
  }

  // -- during -------------------------------------------------------------------

  run_end perform() {
    caf::actor_system_config config;
    // Work stealing collapses now and then on fan-out (docs/performance.md).
    config.set("scheduler.policy", caf::atom("sharing"));
    config.set("scheduler.max-threads", std::max<std::size_t>(2, std::thread::hardware_concurrency()));
    caf::actor_system system{config};

    run_start_ = rate_since_ = clock::now();
    const auto operators =
        spawn_operator(system, {plan_, operator_accesses(), guard_, *monitor_, run_start_,
                                [this](std::uint64_t devices) { assigned_ += devices; }, setup_.on_step});
    std::promise<std::vector<telemetry::attack_result>> attacks_seen;
    auto attacks = attacks_seen.get_future();
    caf::actor faults;
    if (!plan_.attacks.empty())
      faults = spawn_faults(system,
                            {plan_, operator_accesses(), guard_, *monitor_, setup_.metrics, run_start_, setup_.on_step},
                            operators, std::move(attacks_seen));
    std::vector<caf::actor> fleets;
    std::vector<std::future<std::vector<device_record>>> records;
    std::uint32_t first_run_index = 0;
    for (std::size_t i = 0; i != plan_.fleets.size(); ++i) {
      const auto& fleet = plan_.fleets[i];
      std::promise<std::vector<device_record>> promise;
      records.push_back(promise.get_future());
      const fleet_plan its{fleet.account,      i,          fleet.devices,  first_run_index,
                           schedule_of(fleet), run_start_, mint_for(fleet)};
      fleets.push_back(spawn_fleet(system, *contexts_[i], its, *monitor_, operators, faults, std::move(promise)));
      caf::anon_send(operators, fleet_atom::value, fleet.name, fleets.back());
      first_run_index += fleet.devices;
    }
    caf::anon_send(operators, start_atom::value);
    if (faults)
      caf::anon_send(faults, start_atom::value);

    setup_.stop.on_interrupt([this] { monitor_->interrupt(); });
    const auto end = watch();
    setup_.stop.on_interrupt({});
    ended_ = clock::now();

    caf::anon_send(operators, stop_atom::value);
    for (const auto& fleet : fleets)
      caf::anon_send(fleet, stop_atom::value);
    for (auto& one : records)
      records_.push_back(one.get());
    // After the fleets, whose last words may be refusals.
    if (faults) {
      caf::anon_send(faults, stop_atom::value);
      attacks_ = attacks.get();
    }
    return end;
  }

  [[nodiscard]] std::map<std::string, operator_access> operator_accesses() const {
    std::map<std::string, operator_access> all;
    for (const auto& [name, account] : setup_.backend.accounts)
      if (account.operators)
        all.emplace(name, *account.operators);
    return all;
  }

  /// Fleets share a stated maximum rate by their sizes.
  [[nodiscard]] start_schedule schedule_of(const scenarios::fleet& fleet) const {
    if (!setup_.backend.max_rate)
      return {fleet.start, fleet.devices};
    double all = 0;
    for (const auto& one : plan_.fleets)
      all += one.devices;
    return {fleet.start, fleet.devices, *setup_.backend.max_rate * fleet.devices / all};
  }

  [[nodiscard]] std::shared_ptr<const device_mint> mint_for(const scenarios::fleet& fleet) const {
    return is_delivered_with_certificates(fleet) ? setup_.backend.accounts.at(fleet.account).mint : nullptr;
  }

  run_end watch() {
    const auto limit = run_start_ + plan_.end.at_most;
    for (auto next = run_start_ + progress_interval;; next += progress_interval) {
      const auto end = monitor_->wait_until(std::min(next, limit));
      note_progress();
      if (end)
        return *end;
      if (clock::now() >= limit)
        return run_end::time_over;
    }
  }

  void note_progress() {
    const auto reading = setup_.metrics.read();
    if (reading.provisioned != provisioned_seen_) {
      provisioned_seen_ = reading.provisioned;
      last_provisioned_ = clock::now();
    }
    setup_.metrics.identity_mismatches(engine_.counters().identity_mismatches);
    if (!setup_.on_progress)
      return;
    telemetry::progress_reading progress;
    const auto now = clock::now();
    progress.elapsed = now - run_start_;
    progress.requests = engine_.counters().requests;
    progress.requests_per_second = static_cast<double>(progress.requests - requests_seen_) /
                                   std::chrono::duration<double>(now - rate_since_).count();
    requests_seen_ = progress.requests;
    rate_since_ = now;
    for (const auto& [reason, count] : reading.failures)
      progress.failures += count;
    for (const auto& standing : monitor_->standings()) {
      telemetry::fleet_progress_reading fleet;
      fleet.name = standing.name;
      fleet.devices = standing.devices;
      fleet.provisioned = standing.provisioned;
      fleet.updated = standing.updated;
      fleet.failed = standing.failed;
      fleet.has_goal = standing.goals != 0;
      progress.fleets.push_back(std::move(fleet));
    }
    setup_.on_progress(progress);
  }

  // -- after --------------------------------------------------------------------

  [[nodiscard]] tl::expected<run_outcome, std::string> conclude(run_end end) {
    run_outcome outcome;
    auto& run = outcome.results;
    run.scenario_name = plan_.name;
    run.seed = plan_.seed;
    run.duration_seconds = std::chrono::duration<double>(ended_ - run_start_).count();
    run.stated = stated_setup(plan_);
    state_limits(run);
    run.attacks = attacks_;
    run.measured = setup_.metrics.read();
    count_devices(outcome);
    const auto provisioning_took = std::chrono::duration<double>(last_provisioned_ - run_start_).count();
    if (run.devices.provisioned != 0 && provisioning_took > 0)
      run.provisioning_rate_per_second = static_cast<double>(run.devices.provisioned) / provisioning_took;
    const auto counters = engine_.counters();
    run.generator.cpu_seconds = cpu_seconds_so_far();
    run.generator.peak_rss_bytes = peak_rss_bytes();
    run.generator.requests = counters.requests;
    run.generator.connections = counters.connections_opened;
    run.generator.shed = counters.shed;
    const auto held = guard_.held_back();
    run.generator.held_back = held.requests;
    run.generator.longest_hold_seconds = std::chrono::duration<double>(held.longest).count();
    run.identity.mismatches = counters.identity_mismatches;
    const comparison truth{guard_, plan_, setup_.backend, records_, setup_.metrics};
    if (!setup_.backend.is_embedded_stub) {
      truth.with_live_backend(run);
    } else if (auto compared = truth.with_embedded_stub(run); !compared) {
      // An interrupted run keeps its figures even when the backend is already gone.
      if (end != run_end::interrupted)
        return tl::unexpected(compared.error());
      run.reasons.push_back("not compared with the backend: " + compared.error());
    }
    judge(run, plan_, end);
    return outcome;
  }

  void count_devices(run_outcome& outcome) {
    auto& run = outcome.results;
    run.updates.assigned = assigned_;
    for (std::size_t f = 0; f != records_.size(); ++f) {
      for (std::uint32_t i = 0; i != records_[f].size(); ++i) {
        const auto& record = records_[f][i];
        ++run.devices.total;
        run.devices.provisioned += record.provisioned ? 1 : 0;
        run.devices.failed += record.started && !record.provisioned ? 1 : 0;
        run.updates.installed += record.updates_reported;
        run.updates.failed += record.updates_failed;
        outcome.devices.push_back({plan_.fleets[f].name, i, record.device_id, record.provisioned,
                                   record.reported_filename, record.failed_steps + record.provisioning_failures,
                                   record.last_failure});
      }
    }
  }

  /// What a stated maximum rate made of the scenario's starts.
  void state_limits(telemetry::results& run) const {
    if (setup_.backend.is_embedded_stub)
      return;
    char text[64];
    std::snprintf(text, sizeof text, "%g", setup_.backend.max_rate.value_or(0));
    run.stated.push_back(setup_.backend.max_rate ? "live backend, at most " + std::string{text} + " requests a second"
                                                 : std::string{"live backend on this machine"});
    for (const auto& fleet : plan_.fleets) {
      const auto schedule = schedule_of(fleet);
      if (!schedule.is_stretched())
        continue;
      std::snprintf(text, sizeof text, "%.1f", std::chrono::duration<double>(schedule.over()).count());
      run.stated.push_back("fleet " + fleet.name + " starts over " + text +
                           " s, slower than the scenario says, because of max_rate");
    }
  }

  run_setup setup_;
  const scenarios::scenario& plan_;
  trust_cache trust_;
  uptane::document_pool pool_;
  timed_probe probe_;
  std::optional<run_monitor> monitor_;
  /// By account, of those that share a credential.
  std::map<std::string, std::shared_ptr<const net::identity>> provisioning_;
  std::vector<std::unique_ptr<fleet_context>> contexts_;
  std::vector<std::vector<device_record>> records_;
  std::vector<telemetry::attack_result> attacks_;
  std::atomic<std::uint64_t> assigned_{0};
  std::uint64_t provisioned_seen_ = 0;
  std::uint64_t requests_seen_ = 0;
  clock::time_point rate_since_{};
  clock::time_point run_start_{};
  clock::time_point last_provisioned_{};
  clock::time_point ended_{};
  // Last: their threads call back into everything above.
  net::engine engine_;
  guarded_transport guard_;
};

} // namespace

tl::expected<run_outcome, std::string> run(run_setup setup) {
  return play{std::move(setup)}();
}

} // namespace otafleet::actors
