// otafleet: plays fleets of OTA-updated devices against a backend.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"

int main(int argc, char** argv) {
  using namespace otafleet::cli;
  CLI::App app{"Plays a fleet of OTA-updated devices against a backend and judges both.", "otafleet"};
  app.set_version_flag("--version", "otafleet " OTAFLEET_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 pass, 1 internal error, 2 usage or invalid scenario, 3 a threshold failed, 4 run invalid,\n"
             "5 backend unreachable or set-up failed, 6 devices and backend disagree, 130 interrupted.\n"
             "Start here: otafleet run scenarios/quickstart.yaml");
  int exit_code = exit_pass;
  add_run(app, exit_code);
  add_validate(app, exit_code);
  add_stub(app, exit_code);
  add_device(app, exit_code);
  add_schema(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? exit_pass : exit_usage;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "otafleet: internal error: %s\n", wrong.what());
    return exit_internal_error;
  }
  return exit_code;
}
