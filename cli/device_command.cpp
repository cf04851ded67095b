// otafleet device: be one device, and explain each step.
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/device_arguments.hpp"
#include "cli/device_explainer.hpp"
#include "cli/environment.hpp"
#include "cli/exit_codes.hpp"
#include "cli/signals.hpp"
#include "net/engine.hpp"
#include "solo/session.hpp"

namespace otafleet::cli {

namespace {

/// A device has few requests on the wire at once: its own and that of its report queue.
constexpr net::engine_options engine_of_one{.threads = 1, .max_in_flight = 16, .max_queued = 64};

/// `once` and its like that did not reach their aim; `check` says no more than this in its exit code.
constexpr int exit_refused = 1;

[[nodiscard]] explainer_options explain_to(const device_arguments& arguments, device::run_mode mode) {
  // Standard output of `check` is its one line.
  const bool is_check = mode == device::run_mode::check;
  explainer_options made;
  made.out = is_check ? stderr : stdout;
  made.milestones = !is_check || arguments.explain;
  made.requests_and_checks = arguments.explain;
  made.colour = isatty(fileno(made.out)) != 0 && !is_in_environment("NO_COLOR");
  return made;
}

/// The line that design section 4 promises, whatever happened.
void print_result(const solo::session_end& end, const std::string& checked) {
  nlohmann::ordered_json line;
  line["result"] = end.ok ? "ok" : "error";
  line["err"] = end.reason;
  line["detail"] = !end.ok ? end.detail : checked.empty() ? "nothing new" : checked;
  std::puts(line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

[[nodiscard]] int exit_code_of(const solo::session_end& end, const device_explainer& heard, device::run_mode mode) {
  if (end.ok)
    return exit_pass;
  if (mode == device::run_mode::check)
    return exit_refused;
  return heard.found_nobody() || heard.has_no_certificate() ? exit_setup_failed : exit_refused;
}

/// What a person must know after a good end.
void say_what_is_left(const solo::session_options& session, device_explainer& explainer) {
  if (session.settings.mode == device::run_mode::campaign_check && explainer.campaigns() == 0)
    explainer.say("no campaign waits for consent");
  const auto sentinel = session.state_directory / "need_reboot";
  if (std::error_code ignored; std::filesystem::exists(sentinel, ignored))
    explainer.say("an installation takes effect after a reboot: remove " + sentinel.string() + " and start again");
}

[[nodiscard]] int live(const device_arguments& arguments, device::run_mode mode) {
  // Before the engine's threads, so that they do not take its signals.
  std::atomic<bool> interrupted = false;
  const signal_watch signals{[&] { interrupted = true; }};

  const auto plan = plan_device(arguments, mode);
  if (!plan) {
    std::fprintf(stderr, "otafleet: %s\n", plan.error().c_str());
    return exit_usage;
  }
  for (const auto& warning : plan->warnings)
    std::fprintf(stderr, "otafleet: warning: %s\n", warning.c_str());

  const bool is_check = mode == device::run_mode::check;
  device_explainer explainer{explain_to(arguments, mode)};
  if (!is_check)
    explainer.say("device of " + plan->session.state_directory.string() + ", seed " +
                  std::to_string(plan->session.seed));
  net::engine network{engine_of_one};
  auto end = solo::run_session(plan->session, network, explainer, [&] { return interrupted.load(); });
  const bool has_state = end.has_value();
  if (!end)
    end = solo::session_end{false, "StateDirectory", end.error()};

  if (is_check) {
    print_result(*end, explainer.checked());
  } else if (!end->ok) {
    std::fprintf(stderr, "otafleet: %s: %s\n", printable(end->reason).c_str(), printable(end->detail).c_str());
  } else {
    say_what_is_left(plan->session, explainer);
  }
  if (interrupted)
    return exit_interrupted;
  if (!has_state && !is_check)
    return exit_setup_failed;
  return exit_code_of(*end, explainer, mode);
}

} // namespace

void add_device(CLI::App& app, int& exit_code) {
  struct named_mode {
    const char* name;
    device::run_mode mode;
    const char* help;
  };
  static constexpr named_mode modes[]{
      {"once", device::run_mode::once, "Provision, send what the device knows, one whole cycle with installation"},
      {"check", device::run_mode::check, "One metadata cycle and the download, not installed; prints one JSON line"},
      {"daemon", device::run_mode::daemon, "Live on: a cycle, a pause, and again, until interrupted"},
      {"campaigns", device::run_mode::campaign_check, "List the campaigns that wait for consent"},
  };
  auto* const device = app.add_subcommand("device", "Be one device, and explain each step");
  device->require_subcommand(1);
  for (const auto& [name, mode, help] : modes) {
    auto* const command = device->add_subcommand(name, help);
    auto arguments = std::make_shared<device_arguments>();
    add_device_options(*command, *arguments);
    command->footer("Exit codes: 0 done, 1 the device refused what it got or failed, 2 usage, 5 backend unreachable,\n"
                    "no certificate or state directory unusable (check: 1), 130 interrupted.");
    command->callback([arguments, mode = mode, &exit_code] { exit_code = live(*arguments, mode); });
  }
}

} // namespace otafleet::cli
