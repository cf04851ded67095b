// The words for devices and how they behave.
#include <utility>

#include "scenarios/shapes.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

[[nodiscard]] shape start_words() {
  auto result = object({optional("ramp", simple(kind::time_span, "All devices start evenly over this time.")),
                        optional("rate", simple(kind::rate, "So many devices start a second."))},
                       "When devices start.");
  result.is = kind::word_or_object;
  result.words = {"at-once"};
  result.exactly_one = {"ramp", "rate"};
  return result;
}

[[nodiscard]] shape key_words(std::string meaning) {
  return object({optional("type",
                          one_of({"ed25519", "rsa-2048", "rsa-3072", "rsa-4096"},
                                 "Type of the key that signs manifests; the real client's default is rsa-2048."),
                          "rsa-2048")},
                std::move(meaning));
}

[[nodiscard]] field fails_word() {
  return optional("fails", simple(kind::share, "Share of the installations that fail, drawn for each."), "0%");
}

[[nodiscard]] shape install_words() {
  auto takes =
      object({optional("p50", simple(kind::time_span, "Half of the installations take at most this long."), "0s"),
              optional("p99", simple(kind::time_span, "99% of them take at most this long."), "0s")},
             "How long an installation takes, log-normally distributed.");
  return object({optional("takes", std::move(takes), "{}"), fails_word(),
                 optional("reboots", simple(kind::boolean, "Whether an update needs a reboot."), "false")},
                "How devices install.");
}

[[nodiscard]] shape secondary_words() {
  return object({required("hardware", simple(kind::name, "Hardware id of this ECU.")),
                 optional("key", key_words("The key that this ECU makes for itself."), "{}"),
                 optional("install", object({fails_word()}, "How this ECU installs."), "{}")},
                "One virtual secondary: an ECU with its own key, reports and metadata.");
}

} // namespace

shape fleet_words() {
  auto keys =
      object({optional("uptane", key_words("The key that a device makes for itself."), "{}")}, "Keys of the devices.");
  auto poll = object({optional("every", simple(kind::time_span, "Pause between two polls."), "10s"),
                      optional("jitter", simple(kind::share, "By how much each pause varies to both sides."), "0%")},
                     "How often devices ask for updates.");
  return object(
      {required("account", simple(kind::name, "The account its devices belong to.")),
       required("devices", whole_number(1, 1'000'000, "How many devices it has.")),
       required("hardware", simple(kind::name, "Hardware id of the devices, of their primary ECU.")),
       optional(
           "client",
           one_of({"aktualizr", "keep-alive", "strict"},
                  "Behaviour: aktualizr is the real client, which opens a connection for every request; keep-alive "
                  "keeps one per device; strict follows the Uptane Standard where the real client does not."),
           "aktualizr"),
       optional("provisioning",
                one_of({"shared-credentials", "device-credentials"},
                       "How devices get their certificates: in trade for the account's shared one, or they are "
                       "delivered with one."),
                "shared-credentials"),
       optional("keys", std::move(keys), "{}"), optional("start", start_words(), "at-once"),
       optional("poll", std::move(poll), "{}"), optional("install", install_words(), "{}"),
       optional("pacman", one_of({"none", "ostree"}, "What installs images: none takes files, ostree takes trees."),
                "none"),
       optional("secondaries",
                holding(kind::list, secondary_words(), "Further ECUs of each device, virtual ones.", true), "[]")},
      "Devices of one behaviour.");
}

} // namespace otafleet::scenarios
