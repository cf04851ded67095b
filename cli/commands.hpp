// The commands of otafleet; each adds itself to the command line and sets the exit code when it was chosen.
#pragma once

namespace CLI {
class App;
}

namespace otafleet::cli {

void add_run(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);
void add_stub(CLI::App& app, int& exit_code);
void add_device(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);

} // namespace otafleet::cli
