// A backend that answers nonsense, hangs, closes or never stops: devices count failures with a reason and go on, and
// the run ends when it is told to.
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "actors/run.hpp"
#include "actors/target.hpp"
#include "net/test_fleet.hpp"
#include "pki/pkcs12.hpp"

namespace otafleet {
namespace {

using namespace std::chrono_literals;

class hostile_backend : public testing::Test {
protected:
  hostile_backend() {
    plan.accounts["development"] = {"development", scenarios::signing_key_type::ed25519, {}};
    scenarios::fleet pilot;
    pilot.name = "pilot";
    pilot.account = "development";
    pilot.devices = 5;
    pilot.hardware = "gw";
    pilot.uptane_key = scenarios::uptane_key_type::ed25519;
    pilot.poll_every = 50ms;
    plan.fleets.push_back(pilot);
    plan.end = {scenarios::until::goal::provisioned, 10min};
  }

  /// Plays the fleet against `path` of a server that misbehaves there, until `enough` holds; returns what was measured.
  template <class Enough>
  telemetry::fleet_reading play_against(const std::string& path, Enough enough) {
    net::test_fleet certificates;
    net::test_server server{certificates.over_tls()};
    const auto p12 = pki::to_pkcs12(certificates.device_credential("provisioning"), "").value();
    telemetry::fleet_metrics metrics;
    actors::interrupter stop;
    actors::backend_access backend;
    backend.gateway_url = server.url(path);
    backend.operators.url = server.url("/operators");
    backend.provisioning_p12["development"] = p12;
    std::jthread watcher{[&] {
      while (!enough(metrics.read()))
        std::this_thread::yield();
      stop.interrupt();
    }};
    const auto outcome = actors::run(
        {plan, actors::embedded_target(backend, plan).value(), metrics, stop, {}, [](const std::string&) {}});
    EXPECT_TRUE(outcome) << outcome.error();
    if (outcome) {
      EXPECT_EQ(outcome->results.exit_code, 130);
      EXPECT_EQ(outcome->results.devices.provisioned, 0u);
      EXPECT_EQ(outcome->devices.size(), 5u);
    }
    return metrics.read();
  }

  static auto failures_of(const std::string& reason, std::uint64_t count) {
    return [=](const telemetry::fleet_reading& reading) {
      const auto found = reading.failures.find(reason);
      return found != reading.failures.end() && found->second >= count;
    };
  }

  scenarios::scenario plan;
};

// Two failures per device at least: each has gone on after its first one.

TEST_F(hostile_backend, that_refuses_everything_is_told_by_its_status) {
  play_against("/status/403", failures_of("http-403", 10));
}

TEST_F(hostile_backend, that_answers_with_something_else_than_a_certificate_is_found_out) {
  play_against("/hello", failures_of("malformed-credentials", 10));
}

TEST_F(hostile_backend, that_never_stops_sending_is_cut_off) {
  const auto reading = play_against("/endless", failures_of("too-large", 5));
  // Three tries each, none of which may have kept more than its cap.
  EXPECT_GE(reading.http_answers.at("devices/too-large"), 15u);
}

TEST_F(hostile_backend, that_announces_gigabytes_is_cut_off_before_they_come) {
  play_against("/announce/2000000000", failures_of("too-large", 5));
}

TEST_F(hostile_backend, that_does_not_speak_http_is_told_by_name) {
  const auto reading =
      play_against("/garbage", [](const telemetry::fleet_reading& r) { return r.provisioning_failures >= 5; });
  EXPECT_TRUE(reading.failures.contains("malformed-reply")) << reading.failures.begin()->first;
}

TEST_F(hostile_backend, that_closes_without_an_answer_is_told_by_name) {
  const auto reading =
      play_against("/nothing", [](const telemetry::fleet_reading& r) { return r.provisioning_failures >= 5; });
  EXPECT_TRUE(reading.failures.contains("connection-lost")) << reading.failures.begin()->first;
}

TEST_F(hostile_backend, that_hangs_does_not_keep_an_interrupted_run_from_ending) {
  // The requests would be open for a minute; the run cuts them off after its grace of five seconds.
  const auto began = std::chrono::steady_clock::now();
  play_against("/delay/60000",
               [&](const telemetry::fleet_reading&) { return std::chrono::steady_clock::now() - began > 500ms; });
  EXPECT_LT(std::chrono::steady_clock::now() - began, 45s);
}

} // namespace
} // namespace otafleet
