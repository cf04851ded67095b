// otafleet run: one scenario from start to verdict.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "actors/run.hpp"
#include "actors/target.hpp"
#include "cli/commands.hpp"
#include "cli/environment.hpp"
#include "cli/exit_codes.hpp"
#include "cli/limits.hpp"
#include "cli/run_files.hpp"
#include "cli/signals.hpp"
#include "cli/status_line.hpp"
#include "cli/stub_process.hpp"
#include "scenarios/address.hpp"
#include "scenarios/load.hpp"
#include "telemetry/fleet_metrics.hpp"
#include "telemetry/results.hpp"
#include "telemetry/run_directory.hpp"

namespace otafleet::cli {

namespace {

constexpr const char* default_metrics_address = "127.0.0.1:9464";

struct run_arguments {
  std::string scenario;
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  std::string directory;
  std::string metrics_address;
  std::string live;
  std::vector<std::string> allowed_targets;
};

[[nodiscard]] int fail(int code, const std::string& sentence) {
  std::fprintf(stderr, "otafleet: %s\n", sentence.c_str());
  return code;
}

/// Serves /metrics where asked; without a wish on the usual port, or on a free one when that is taken.
[[nodiscard]] tl::expected<std::uint16_t, std::string> serve_metrics(telemetry::fleet_metrics& metrics,
                                                                     const std::string& wish) {
  try {
    return metrics.serve(wish.empty() ? default_metrics_address : wish);
  } catch (const std::exception& wrong) {
    if (!wish.empty())
      return tl::unexpected(std::string{wrong.what()});
  }
  try {
    return metrics.serve("127.0.0.1:0");
  } catch (const std::exception& wrong) {
    return tl::unexpected(std::string{wrong.what()});
  }
}

/// Hosts in lower case, without port or path.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> read_hosts(const std::vector<std::string>& given) {
  std::vector<std::string> hosts;
  for (const auto& one : given) {
    const bool is_ipv6 = std::count(one.begin(), one.end(), ':') > 1;
    const auto host = scenarios::host_of("https://" + (is_ipv6 ? "[" + one + "]" : one));
    if (!host || host->size() != one.size())
      return tl::unexpected("--allow-target takes the name or address of a host, without scheme, port or path; \"" +
                            one + "\" is none");
    hosts.push_back(*host);
  }
  return hosts;
}

/// The backend of a run: a live one, or the embedded one with its process.
struct backend {
  actors::target target;
  std::unique_ptr<stub_process> stub;
};

struct refusal {
  int exit_code;
  std::string sentence;
};

/// Nothing is sent and nothing is written before this has succeeded for a live backend.
[[nodiscard]] tl::expected<backend, refusal> find_live_backend(const scenarios::scenario& plan,
                                                               const run_arguments& arguments) {
  const auto refuse = [](std::string sentence) { return tl::unexpected(refusal{exit_usage, std::move(sentence)}); };
  const auto hosts = read_hosts(arguments.allowed_targets);
  if (!hosts)
    return refuse(hosts.error());
  auto target = actors::live_target(plan, *hosts);
  if (!target)
    return refuse(target.error());
  if (auto objection = actors::objection_to(*target); !objection.empty())
    return refuse(std::move(objection));
  return backend{std::move(*target), nullptr};
}

[[nodiscard]] tl::expected<backend, refusal> start_embedded_backend(const scenarios::loaded& loaded) {
  const auto refuse = [](std::string sentence) {
    return tl::unexpected(refusal{exit_setup_failed, std::move(sentence)});
  };
  auto stub = stub_process::start(loaded.resolved_yaml);
  if (!stub)
    return refuse(stub.error());
  auto target = actors::embedded_target((*stub)->access(), loaded.content);
  if (!target)
    return refuse(target.error());
  return backend{std::move(*target), std::move(*stub)};
}

[[nodiscard]] int run_scenario(const run_arguments& arguments) {
  auto overrides = arguments.overrides;
  if (arguments.seed)
    overrides.push_back("seed=" + std::to_string(*arguments.seed));
  const auto loaded = scenarios::load(arguments.scenario, overrides, arguments.live);
  if (!loaded) {
    for (const auto& problem : loaded.error())
      std::fprintf(stderr, "%s\n", problem.text().c_str());
    return exit_usage;
  }
  const auto& plan = loaded->content;
  std::optional<backend> where;
  if (plan.live) {
    auto found = find_live_backend(plan, arguments);
    if (!found)
      return fail(found.error().exit_code, found.error().sentence);
    where = std::move(*found);
  }
  auto directory = telemetry::run_directory::create(arguments.directory, plan.name);
  if (!directory)
    return fail(exit_setup_failed, directory.error());

  actors::interrupter stop;
  const signal_watch signals{[&stop] { stop.interrupt(); }};
  raise_descriptor_limit();
  if (!where) {
    auto started = start_embedded_backend(*loaded);
    if (!started)
      return fail(started.error().exit_code, started.error().sentence);
    where = std::move(*started);
  }
  telemetry::fleet_metrics metrics;
  const auto port = serve_metrics(metrics, arguments.metrics_address);
  if (!port)
    return fail(exit_setup_failed, port.error());

  status_line status{stderr};
  status.say("run " + plan.name + ", seed " + std::to_string(plan.seed) +
             ", metrics at http://127.0.0.1:" + std::to_string(*port) + "/metrics");
  if (where->stub != nullptr)
    where->stub->on_death([&stop] { stop.interrupt(); });
  auto outcome = actors::run({plan, std::move(where->target), metrics, stop,
                              [&](const telemetry::progress_reading& reading) { status.show(reading); },
                              [&](const std::string& step) { status.say(step); }});
  status.finish();
  if (!outcome)
    return fail(exit_setup_failed, outcome.error());

  auto& results = outcome->results;
  results.scenario_file = arguments.scenario;
  if (where->stub != nullptr && where->stub->has_died()) {
    results.interrupted = false;
    results.outcome = telemetry::verdict::fail;
    results.exit_code = exit_setup_failed;
    results.reasons.insert(results.reasons.begin(), "the embedded backend ended in the middle of the run");
  }
  const auto written = write_run_files(*directory, *outcome, loaded->resolved_yaml);
  const bool colour = isatty(STDOUT_FILENO) != 0 && !is_in_environment("NO_COLOR");
  std::fputs(telemetry::summary_text(results, directory->path().string(), terminal_width(), colour).c_str(), stdout);
  // After the summary: a full disk must not take the figures with it.
  if (!written)
    return fail(exit_internal_error, written.error());
  return results.exit_code;
}

} // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<run_arguments>();
  auto* command = app.add_subcommand("run", "Play a scenario and judge what came of it");
  command->add_option("scenario", arguments->scenario, "Scenario file (YAML)")->required();
  command->add_option("--set", arguments->overrides, "Change one value, as in fleets.pilot.devices=5000; repeatable")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--seed", arguments->seed, "Seed of every random choice; the scenario's own otherwise");
  command->add_option("--out", arguments->directory, "Where results are written; out/<scenario>-<time> otherwise")
      ->type_name("DIR");
  command
      ->add_option("--metrics", arguments->metrics_address,
                   std::string{"Address of /metrics; "} + default_metrics_address + " otherwise")
      ->type_name("ADDRESS:PORT");
  command
      ->add_option("--live", arguments->live,
                   "Play against a live backend instead of the scenario's own; see docs/live-backends.md")
      ->type_name("CONFIG");
  command
      ->add_option("--allow-target", arguments->allowed_targets,
                   "A host other than this machine that requests may go to; repeatable")
      ->type_name("HOST")
      ->expected(1)
      ->take_all();
  command->callback([arguments, &exit_code] { exit_code = run_scenario(*arguments); });
}

} // namespace otafleet::cli
