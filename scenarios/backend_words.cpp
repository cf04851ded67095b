// The words for what a fleet talks to: the embedded backend, or a live one.
#include <utility>

#include "scenarios/shapes.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

[[nodiscard]] shape likeness_words(std::string meaning) {
  return one_of({"here", "ota-ce", "airbotics"}, std::move(meaning));
}

[[nodiscard]] shape secret(shape of) {
  of.secret = true;
  return of;
}

[[nodiscard]] shape stub_words() {
  return object(
      {optional("like",
                likeness_words("Whose gateway it resembles: here gives certificates for shared credentials, ota-ce has "
                               "no such thing and wants UUIDs, airbotics lives under /api/v0/robot."),
                "here"),
       optional("latency", simple(kind::time_span, "Added to every answer."), "0s"),
       optional("issue_rate", simple(kind::rate, "Device certificates it issues at most; without, as fast as the "
                                                 "machine allows.")),
       optional("workers", whole_number(1, 64, "Threads that serve requests."), "2")},
      "The embedded backend, started for the run.");
}

[[nodiscard]] shape account_words() {
  auto device_ca = object({required("certificate", simple(kind::path, "The authority's certificate, PEM.")),
                           required("key", simple(kind::path, "Its private key, PEM.")),
                           required("server_ca", simple(kind::path, "Whom devices trust at the gateway, PEM."))},
                          "The authority that vouches for pre-loaded devices; their certificates are made with it.");
  auto operators =
      object({required("url", simple(kind::url, "Where /api/v1/user_repo, /api/v1/multi_target_updates and "
                                                "/api/v1/assignments are.")),
              optional("token", secret(simple(kind::text, "Bearer token; a secret, never written into results.")))},
             "The operator API, for uploads and assignments.");
  auto result = object(
      {optional("like", likeness_words("Whose gateway it is; the defaults of the settings below follow from it."),
                "here"),
       optional("gateway", simple(kind::url, "The device gateway; without, what the credentials or the import name.")),
       optional("base_path", simple(kind::text, "Put behind a gateway URL that has no path; /api/v0/robot for "
                                                "airbotics, else nothing.")),
       optional("director", simple(kind::url, "The Director, where it is not the gateway's /director.")),
       optional("repo", simple(kind::url, "The Image repository, where it is not the gateway's /repo.")),
       optional("treehub", simple(kind::url, "The treehub, where it is not the gateway's /treehub.")),
       optional("credentials", simple(kind::path, "A credentials.zip: devices trade what is in it for certificates.")),
       optional("import", simple(kind::path, "A directory with root.crt, client.pem, pkey.pem and gateway.url: one "
                                             "pre-loaded device.")),
       optional("device_ca", std::move(device_ca)), optional("operator", std::move(operators)),
       optional("device_ids", one_of({"names", "uuids"},
                                     "What devices are called: names as the real client makes them up (by fleet and "
                                     "number where their certificates are made here), or UUIDs as ota-ce requires."))},
      "How one account is reached.");
  result.exactly_one = {"credentials", "import", "device_ca"};
  return result;
}

} // namespace

const shape& live_shape() {
  static const auto live =
      object({optional("max_rate", simple(kind::rate, "Requests, and device starts, at most; only a backend on this "
                                                      "machine may be without.")),
              required("accounts",
                       holding(kind::map, account_words(), "The accounts of the scenario, by their names.", false))},
             "A backend that somebody else runs.");
  return live;
}

shape backend_words() {
  auto result = object({optional("stub", stub_words()), optional("live", live_shape())}, "What the fleet talks to.");
  result.exactly_one = {"stub", "live"};
  return result;
}

} // namespace otafleet::scenarios
