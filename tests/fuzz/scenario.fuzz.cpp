// Scenario files: whatever a person may write.
#include "scenarios/load.hpp"
#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otafleet;
  const auto read = scenarios::parse(as_text(fuzz::input(data, size)), "fuzz.yaml");
  if (!read) {
    fuzz::must(!read.error().empty(), "a refusal has a reason");
    for (const auto& one : read.error())
      fuzz::must(!one.message.empty() && !one.text().empty(), "every problem has words");
    return 0;
  }
  const auto again = scenarios::parse(read->resolved_yaml, "resolved.yaml");
  fuzz::must(again.has_value(), "the resolved scenario is one");
  fuzz::must(again->resolved_yaml == read->resolved_yaml, "and resolves to itself");
  return 0;
}
