#include "actors/run.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include <caf/all.hpp>
#include <sys/resource.h>

#include "actors/backend_questions.hpp"
#include "actors/fleet_actor.hpp"
#include "actors/fleet_settings.hpp"
#include "actors/ground_truth.hpp"
#include "actors/messages.hpp"
#include "actors/operator_actor.hpp"
#include "actors/run_monitor.hpp"
#include "actors/timed_probe.hpp"
#include "actors/verdict.hpp"
#include "net/engine.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds progress_interval{1};
constexpr std::size_t most_discrepancies_listed = 100;

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
      : setup_(std::move(setup)), plan_(setup_.plan), probe_(setup_.metrics), engine_(net::engine_options{}) {}

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
    std::map<std::string, std::shared_ptr<const net::identity>> provisioning;
    for (const auto& [account, p12] : setup_.backend.provisioning_p12) {
      auto credential = pki::from_pkcs12(p12, "");
      if (!credential)
        return tl::unexpected("the provisioning credential of account " + account +
                              " cannot be read: " + credential.error());
      auto trust = trust_.store_for(credential->authorities);
      if (!trust)
        return tl::unexpected("the provisioning credential of account " + account + ": " + trust.error());
      // The real client sends everything that its PKCS#12 holds (protocol.md section 1.2).
      provisioning[account] = std::make_shared<const net::identity>(
          std::move(credential->key), credential->leaf, std::move(*trust), net::sent_chain::leaf_and_anchors);
    }
    std::vector<fleet_standing> standings;
    for (const auto& fleet : plan_.fleets) {
      const auto identity = provisioning.find(fleet.account);
      if (identity == provisioning.end())
        return tl::unexpected("account " + fleet.account + " has no provisioning credential");
      contexts_.push_back(std::make_unique<fleet_context>(fleet_context{
          fleet.name, settings_for(fleet, setup_.backend.gateway_url), policy_for(fleet), identity->second,
          setup_.backend.is_embedded_stub, plan_.seed, engine_, setup_.metrics, pool_, probe_, trust_}));
      fleet_standing standing;
      standing.name = fleet.name;
      standing.devices = fleet.devices;
      standings.push_back(std::move(standing));
    }
    monitor_.emplace(plan_.end, std::move(standings), !plan_.operations.empty());
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
        spawn_operator(system, {plan_, setup_.backend.operators, engine_, *monitor_, run_start_,
                                [this](std::uint64_t devices) { assigned_ += devices; }, setup_.on_step});
    std::vector<caf::actor> fleets;
    std::vector<std::future<std::vector<device_record>>> records;
    std::uint32_t first_run_index = 0;
    for (std::size_t i = 0; i != plan_.fleets.size(); ++i) {
      const auto& fleet = plan_.fleets[i];
      std::promise<std::vector<device_record>> promise;
      records.push_back(promise.get_future());
      fleets.push_back(
          spawn_fleet(system, *contexts_[i],
                      {i, fleet.devices, first_run_index, start_schedule{fleet.start, fleet.devices}, run_start_},
                      *monitor_, operators, std::move(promise)));
      caf::anon_send(operators, fleet_atom::value, fleet.name, fleets.back());
      first_run_index += fleet.devices;
    }
    caf::anon_send(operators, start_atom::value);

    setup_.stop.on_interrupt([this] { monitor_->interrupt(); });
    const auto end = watch();
    setup_.stop.on_interrupt({});
    ended_ = clock::now();

    caf::anon_send(operators, stop_atom::value);
    for (const auto& fleet : fleets)
      caf::anon_send(fleet, stop_atom::value);
    for (auto& one : records)
      records_.push_back(one.get());
    return end;
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
    run.identity.mismatches = counters.identity_mismatches;
    if (auto compared = compare_with_backend(run); !compared) {
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

  [[nodiscard]] tl::expected<void, std::string> compare_with_backend(telemetry::results& run) {
    const auto& access = setup_.backend.operators;
    const auto status = ask_for_status(engine_, access);
    if (!status)
      return tl::unexpected(status.error());
    run.identity.requests_checked = status->requests_checked;
    run.identity.mismatches += status->mismatches;
    run.backend.present = true;
    run.backend.cpu_seconds = status->cpu_seconds;
    run.backend.peak_rss_bytes = status->peak_rss_bytes;
    run.backend.manifests = status->manifests_accepted;
    run.backend.manifests_refused = status->manifests_refused;

    for (const auto& [account, unused] : plan_.accounts) {
      const auto view = ask_for_devices(engine_, access, account);
      if (!view)
        return tl::unexpected(view.error());
      std::vector<const device_record*> records;
      for (std::size_t f = 0; f != records_.size(); ++f) {
        if (plan_.fleets[f].account != account)
          continue;
        for (const auto& record : records_[f])
          records.push_back(&record);
      }
      for (const auto& [id, device] : *view) {
        run.backend.devices += device.registered ? 1 : 0;
        run.backend.updated += device.assignment == "done" ? 1 : 0;
      }
      for (auto& one : compare(records, *view)) {
        ++run.discrepancy_count;
        if (run.discrepancies.size() < most_discrepancies_listed)
          run.discrepancies.push_back(std::move(one));
      }
    }
    return {};
  }

  run_setup setup_;
  const scenarios::scenario& plan_;
  trust_cache trust_;
  uptane::document_pool pool_;
  timed_probe probe_;
  std::optional<run_monitor> monitor_;
  std::vector<std::unique_ptr<fleet_context>> contexts_;
  std::vector<std::vector<device_record>> records_;
  std::atomic<std::uint64_t> assigned_{0};
  std::uint64_t provisioned_seen_ = 0;
  std::uint64_t requests_seen_ = 0;
  clock::time_point rate_since_{};
  clock::time_point run_start_{};
  clock::time_point last_provisioned_{};
  clock::time_point ended_{};
  // Last: its threads call back into everything above.
  net::engine engine_;
};

} // namespace

tl::expected<run_outcome, std::string> run(run_setup setup) {
  return play{std::move(setup)}();
}

} // namespace otafleet::actors
