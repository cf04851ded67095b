// Prints documents that are generated from the program's own tables; `./dev check` compares them with docs/.
#include <cstdio>
#include <string_view>

#include "telemetry/families.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view{argv[1]} == "metrics") {
    std::fputs(otafleet::telemetry::families_markdown().c_str(), stdout);
    return 0;
  }
  std::fputs("usage: write_docs metrics\n", stderr);
  return 2;
}
