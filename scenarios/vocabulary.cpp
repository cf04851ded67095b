// Every word of a scenario: its form, its meaning, its default.
#include <utility>

#include "scenarios/shapes.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

[[nodiscard]] shape account_words() {
  return object(
      {optional("metadata_keys",
                one_of({"ed25519", "rsa-2048"}, "Type of the keys that sign both repositories' metadata."), "ed25519"),
       optional("device_ca", one_of({"generated", "own"},
                                    "Who vouches for its devices: generated is the backend's own authority, own is one "
                                    "that the run makes and registers; without, what the fleets need."))},
      "A namespace with devices, images and keys of its own.");
}

} // namespace

const shape& scenario_shape() {
  static const auto whole = [] {
    auto until = object({optional("all",
                                  one_of({"provisioned", "updated", "time"},
                                         "The run ends when all devices are so far; time: at its limit only."),
                                  "updated"),
                         optional("at_most", simple(kind::time_span, "Time limit of the run."), "10m")},
                        "When the run ends.");
    auto generator = object(
        {optional("max_schedule_lag",
                  simple(kind::time_span, "The run is invalid when devices start later than this (p99)."), "1s")},
        "Limits of the load generator itself.");
    return object(
        {required("name", simple(kind::name, "Name of the scenario.")),
         optional("description", simple(kind::text, "What it is for.")),
         // JSON, in which the seed is reported, keeps 53 bits.
         optional("seed", whole_number(0, 9'007'199'254'740'991, "Every random choice follows from it."), "1"),
         required("backend", backend_words()),
         required("accounts", holding(kind::map, account_words(), "Accounts by name.", false)),
         required("fleets", holding(kind::map, fleet_words(), "Fleets by name.", false)),
         optional("operations", holding(kind::list, operation_words(), "What operators do, in this order.", true),
                  "[]"),
         optional("faults", holding(kind::list, fault_words(), "What goes wrong.", true), "[]"),
         optional("until", std::move(until), "{}"),
         optional("thresholds",
                  holding(kind::map, simple(kind::bound, "As in p99 < 2s, or >= 98%."),
                          "Bounds by measure; the run fails when one does not hold.", true),
                  "{}"),
         optional("generator", std::move(generator), "{}")},
        "A scenario of otafleet.");
  }();
  return whole;
}

} // namespace otafleet::scenarios
