#include "cli/environment.hpp"

#include <cstdlib>

namespace otafleet::cli {

bool is_in_environment(const char* name) noexcept {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes the environment
  return std::getenv(name) != nullptr;
}

} // namespace otafleet::cli
