// Every word of a scenario: its form, its meaning, its default.
#include <utility>

#include "scenarios/shape.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

// -- kinds --------------------------------------------------------------------

[[nodiscard]] shape simple(kind is, std::string meaning) {
  shape result;
  result.is = is;
  result.meaning = std::move(meaning);
  return result;
}

[[nodiscard]] shape whole_number(std::uint64_t least, std::uint64_t most, std::string meaning) {
  auto result = simple(kind::integer, std::move(meaning));
  result.least = least;
  result.most = most;
  return result;
}

[[nodiscard]] shape one_of(std::vector<std::string> words, std::string meaning) {
  auto result = simple(kind::choice, std::move(meaning));
  result.words = std::move(words);
  return result;
}

[[nodiscard]] shape object(std::vector<field> fields, std::string meaning) {
  auto result = simple(kind::object, std::move(meaning));
  result.fields = std::move(fields);
  return result;
}

[[nodiscard]] shape holding(kind is, shape inner, std::string meaning, bool may_be_empty) {
  auto result = simple(is, std::move(meaning));
  result.inner.push_back(std::move(inner));
  result.may_be_empty = may_be_empty;
  return result;
}

[[nodiscard]] field required(std::string name, shape of) {
  return {std::move(name), std::move(of), true, ""};
}
[[nodiscard]] field optional(std::string name, shape of, std::string fallback = "") {
  return {std::move(name), std::move(of), false, std::move(fallback)};
}

// -- chapters -----------------------------------------------------------------

[[nodiscard]] shape backend() {
  auto stub =
      object({optional("latency", simple(kind::time_span, "Added to every answer."), "0s"),
              optional("issue_rate", simple(kind::rate, "Device certificates it issues at most; without, as fast as "
                                                        "the machine allows.")),
              optional("workers", whole_number(1, 64, "Threads that serve requests."), "2")},
             "The embedded backend, started for the run.");
  return object({required("stub", std::move(stub))}, "What the fleet talks to.");
}

[[nodiscard]] shape account() {
  return object(
      {optional("metadata_keys",
                one_of({"ed25519", "rsa-2048"}, "Type of the keys that sign both repositories' metadata."), "ed25519")},
      "A namespace with devices, images and keys of its own.");
}

[[nodiscard]] shape start() {
  auto result = object({optional("ramp", simple(kind::time_span, "All devices start evenly over this time.")),
                        optional("rate", simple(kind::rate, "So many devices start a second."))},
                       "When devices start.");
  result.is = kind::word_or_object;
  result.words = {"at-once"};
  result.exactly_one = {"ramp", "rate"};
  return result;
}

[[nodiscard]] shape fleet() {
  auto uptane_key =
      object({optional("type",
                       one_of({"ed25519", "rsa-2048", "rsa-3072", "rsa-4096"},
                              "Type of the key that signs manifests; the real client's default is rsa-2048."),
                       "rsa-2048")},
             "The key that a device makes for itself.");
  auto keys = object({optional("uptane", std::move(uptane_key), "{}")}, "Keys of the devices.");
  auto poll = object({optional("every", simple(kind::time_span, "Pause between two polls."), "10s"),
                      optional("jitter", simple(kind::share, "By how much each pause varies to both sides."), "0%")},
                     "How often devices ask for updates.");
  auto takes =
      object({optional("p50", simple(kind::time_span, "Half of the installations take at most this long."), "0s"),
              optional("p99", simple(kind::time_span, "99% of them take at most this long."), "0s")},
             "How long an installation takes, log-normally distributed.");
  auto install = object({optional("takes", std::move(takes), "{}"),
                         optional("reboots", simple(kind::boolean, "Whether an update needs a reboot."), "false")},
                        "How devices install.");
  return object(
      {required("account", simple(kind::name, "The account its devices belong to.")),
       required("devices", whole_number(1, 1'000'000, "How many devices it has.")),
       required("hardware", simple(kind::name, "Hardware id of the devices.")),
       optional("client",
                one_of({"aktualizr", "keep-alive"}, "Behaviour: aktualizr opens a connection for every request, "
                                                    "keep-alive keeps one per device."),
                "aktualizr"),
       optional("provisioning", one_of({"shared-credentials"}, "How devices get their certificates."),
                "shared-credentials"),
       optional("keys", std::move(keys), "{}"), optional("start", start(), "at-once"),
       optional("poll", std::move(poll), "{}"), optional("install", std::move(install), "{}")},
      "Devices of one behaviour.");
}

[[nodiscard]] shape operation() {
  auto upload = object({required("image", simple(kind::name, "Name of the image.")),
                        required("size", simple(kind::size, "Its size; the content follows from seed and name.")),
                        required("account", simple(kind::name, "The account that gets it.")),
                        required("hardware", holding(kind::one_or_more, simple(kind::name, "A hardware id."),
                                                     "Hardware it may run on.", false))},
                       "Upload an image.");
  auto assign = object({required("image", simple(kind::name, "An image that was uploaded.")),
                        required("fleet", simple(kind::name, "The fleet that is to run it.")),
                        optional("waves",
                                 holding(kind::list, simple(kind::share, "Share of the fleet."),
                                         "Growing shares of the fleet, the last one 100%.", false),
                                 "[100%]"),
                        optional("every", simple(kind::time_span, "Time between two waves."), "0s")},
                       "Assign an image to a fleet, also to devices that provision later.");
  auto result =
      object({optional("at", simple(kind::time_span, "Time after the start of the run.")),
              optional("when", simple(kind::milestone, "Once a share of the fleet is so far, as in 95% provisioned.")),
              optional("upload", std::move(upload)), optional("assign", std::move(assign))},
             "What people and pipelines do; one after the other.");
  result.exactly_one = {"upload", "assign"};
  result.at_most_one = {"at", "when"};
  return result;
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
         required("backend", backend()),
         required("accounts", holding(kind::map, account(), "Accounts by name.", false)),
         required("fleets", holding(kind::map, fleet(), "Fleets by name.", false)),
         optional("operations", holding(kind::list, operation(), "What operators do, in this order.", true), "[]"),
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
