// otafleet validate: everything that is wrong with scenario files, at once.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "scenarios/load.hpp"

namespace otafleet::cli {

void add_validate(CLI::App& app, int& exit_code) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("validate", "Check scenario files and tell all errors with their positions");
  command->add_option("scenario", *files, "Scenario files (YAML)")->required();
  command->callback([files, &exit_code] {
    for (const auto& file : *files) {
      const auto loaded = scenarios::load(file);
      if (loaded) {
        std::printf("%s: valid\n", file.c_str());
        continue;
      }
      for (const auto& problem : loaded.error())
        std::fprintf(stderr, "%s\n", problem.text().c_str());
      exit_code = exit_usage;
    }
  });
}

void add_schema(CLI::App& app, int&) {
  auto* command = app.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors and pipelines");
  command->callback([] { std::printf("%s\n", scenarios::json_schema().c_str()); });
}

} // namespace otafleet::cli
