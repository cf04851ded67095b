#include "actors/fault_actor.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <caf/all.hpp>

#include "actors/attack_watch.hpp"
#include "actors/messages.hpp"
#include "actors/pending_answers.hpp"

namespace otafleet::actors {

namespace {

using clock = std::chrono::steady_clock;

/// Its place among the transport's devices; no device has it.
constexpr net::device_index own_index{0xffff'fffd};

/// How often the backend is asked who has accepted an attack.
constexpr std::chrono::seconds status_interval{1};

/// The attacks of one account, one after the other.
struct front {
  /// Of the scenario, by number.
  std::vector<std::size_t> attacks;
  /// Within `attacks`: the one that is on, or comes next.
  std::size_t at = 0;
  bool is_on = false;
  /// The backend is being told.
  bool is_changing = false;
};

class fault_actor final : public caf::event_based_actor {
public:
  fault_actor(caf::actor_config& config, fault_setup setup, caf::actor operator_of_run,
              std::promise<std::vector<telemetry::attack_result>> results)
      : caf::event_based_actor(config), setup_(std::move(setup)), operator_(std::move(operator_of_run)),
        promise_(std::move(results)), watch_(setup_.plan) {
    for (std::size_t i = 0; i != setup_.plan.attacks.size(); ++i)
      fronts_[setup_.plan.attacks[i].account].attacks.push_back(i);
  }

  caf::behavior make_behavior() override {
    return {
        [this](start_atom) { begin(); },
        [this](const fleet_progress& progress) {
          progress_[progress.fleet] = progress;
          for (auto& [account, where] : fronts_)
            advance(account, where);
        },
        [this](const device_failed& failure) { hear(failure); },
        [this](wake_atom, const std::string& account) { advance(account, fronts_.at(account)); },
        [this](over_atom, std::size_t attack) { time_is_over(attack); },
        [this](due_atom) { ask_for_status(); },
        [this](reply_atom, std::size_t request, net::reply& answer) { receive(request, answer); },
        [this](stop_atom) {
          stopping_ = true;
          setup_.transport.cancel(own_index);
          quit_when_quiet();
        },
    };
  }

  /// Breaks the circle of references with the fleets.
  void on_exit() override { operator_ = nullptr; }

private:
  [[nodiscard]] const scenarios::attack& plan_of(const front& where) const {
    return setup_.plan.attacks[where.attacks[where.at]];
  }

  void begin() {
    for (auto& [account, where] : fronts_) {
      for (const auto number : where.attacks)
        if (const auto* at = std::get_if<scenarios::at_time>(&setup_.plan.attacks[number].when))
          scheduled_send(this, setup_.run_start + at->after_start, wake_atom::value, account);
      advance(account, where);
    }
    send(this, due_atom::value);
  }

  // -- when an attack begins ------------------------------------------------------

  [[nodiscard]] bool moment_has_come(const scenarios::attack& what) const {
    if (const auto* at = std::get_if<scenarios::at_time>(&what.when))
      return clock::now() >= setup_.run_start + at->after_start;
    const auto* share = std::get_if<scenarios::when_share>(&what.when);
    if (share == nullptr)
      return true;
    std::uint64_t all = 0;
    std::uint64_t reached = 0;
    for (const auto& fleet : setup_.plan.fleets) {
      if (fleet.account != what.account)
        continue;
      all += fleet.devices;
      if (const auto known = progress_.find(fleet.name); known != progress_.end())
        reached +=
            share->what == scenarios::when_share::of::provisioned ? known->second.provisioned : known->second.updated;
    }
    return static_cast<double>(reached) >= share->share * static_cast<double>(all) - 1e-9;
  }

  /// Switches the account's next attack on if its moment has come and nothing else is on.
  void advance(const std::string& account, front& where) {
    if (stopping_ || where.is_on || where.is_changing || where.at == where.attacks.size() ||
        !moment_has_come(plan_of(where)))
      return;
    const auto kind = plan_of(where).kind;
    setup_.on_step("attack on account " + account + ": " + kind);
    tell_backend(account, where, kind, [this, account] {
      auto& here = fronts_.at(account);
      here.is_on = true;
      const auto number = here.attacks[here.at];
      watch_.began(number, clock::now());
      if (const auto& lasts = plan_of(here).lasts)
        delayed_send(this, *lasts, over_atom::value, number);
    });
  }

  // -- when it ends -----------------------------------------------------------------

  void time_is_over(std::size_t attack) {
    auto& where = fronts_.at(setup_.plan.attacks[attack].account);
    if (where.is_on && where.attacks[where.at] == attack)
      end(where);
  }

  void hear(const device_failed& failure) {
    const auto refused = watch_.failed(failure.account, failure.run_index, failure.name, failure.cycle_began);
    if (!refused)
      return;
    setup_.metrics.attack_refused(setup_.plan.attacks[*refused].kind);
    end_if_answered(fronts_.at(failure.account));
  }

  void end_if_answered(front& where) {
    if (!where.is_on || plan_of(where).lasts)
      return;
    const auto& attack = plan_of(where);
    if (watch_.is_answered(where.attacks[where.at], accepted_[attack.account][attack.kind]))
      end(where);
  }

  /// Ends the one that is on. The next one takes its place where it can; otherwise the backend behaves again.
  void end(front& where) {
    const auto account = plan_of(where).account;
    watch_.ended(where.attacks[where.at]);
    where.is_on = false;
    ++where.at;
    if (where.at != where.attacks.size() && moment_has_come(plan_of(where)))
      return advance(account, where);
    tell_backend(account, where, "", [this, account] {
      setup_.on_step("no more attack on account " + account);
      advance(account, fronts_.at(account));
      report_the_end();
    });
  }

  void report_the_end() {
    const bool all_over = std::all_of(fronts_.begin(), fronts_.end(), [](const auto& one) {
      return one.second.at == one.second.attacks.size() && !one.second.is_changing;
    });
    if (!all_over)
      return;
    setup_.monitor.faults_over();
    send(operator_, over_atom::value);
  }

  // -- the backend --------------------------------------------------------------------

  void tell_backend(const std::string& account, front& where, const std::string& kind, std::function<void()> then) {
    where.is_changing = true;
    send_request(attack_request(setup_.access.at(account), account, kind),
                 [this, account, kind, then = std::move(then)](net::reply& answer) {
                   fronts_.at(account).is_changing = false;
                   const auto what = kind.empty() ? "ending the attack on account " + account
                                                  : "attack " + kind + " on account " + account;
                   if (auto words = complaint(what, answer); !words.empty())
                     return setup_.monitor.operation_failed(std::move(words));
                   then();
                 });
  }

  /// Who has accepted an attack is the backend's to see: a device that was deceived does not know it.
  void ask_for_status() {
    if (stopping_ || fronts_.empty())
      return;
    send_request(status_request(setup_.access.at(fronts_.begin()->first)), [this](net::reply& answer) {
      // An answer that is missing now and then is no reason to end a run; the last one is asked for when it is over.
      if (const auto status = read_status(answer); complaint("", answer).empty() && status)
        take_in(*status);
      delayed_send(this, status_interval, due_atom::value);
    });
  }

  void take_in(const backend_status& status) {
    std::map<std::string, std::uint64_t> totals;
    for (const auto& [account, kinds] : status.attacks) {
      for (const auto& [kind, counts] : kinds) {
        accepted_[account][kind] = counts.accepted;
        totals[kind] += counts.accepted;
      }
    }
    for (const auto& [kind, total] : totals)
      setup_.metrics.attacks_accepted(kind, total);
    for (auto& [account, where] : fronts_)
      end_if_answered(where);
  }

  void send_request(net::request request, pending_answers::handler then) {
    if (stopping_)
      return;
    request.device = own_index;
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

  void quit_when_quiet() {
    if (!open_.empty())
      return;
    promise_.set_value(watch_.results());
    quit();
  }

  fault_setup setup_;
  caf::actor operator_;
  std::promise<std::vector<telemetry::attack_result>> promise_;
  attack_watch watch_;
  /// By account.
  std::map<std::string, front> fronts_;
  /// By fleet.
  std::map<std::string, fleet_progress> progress_;
  /// By account and kind, as the backend last said.
  std::map<std::string, std::map<std::string, std::uint64_t>> accepted_;
  pending_answers open_;
  bool stopping_ = false;
};

} // namespace

caf::actor spawn_faults(caf::actor_system& system, fault_setup setup, caf::actor operator_of_run,
                        std::promise<std::vector<telemetry::attack_result>> results) {
  return system.spawn<fault_actor>(std::move(setup), std::move(operator_of_run), std::move(results));
}

} // namespace otafleet::actors
