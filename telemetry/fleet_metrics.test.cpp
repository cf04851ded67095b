#include "telemetry/fleet_metrics.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(fleet_metrics, tell_response_and_service_time_apart) {
  fleet_metrics metrics;
  metrics.provisioned(3s, 1s);
  const auto now = metrics.read();
  EXPECT_EQ(now.provisioned, 1u);
  EXPECT_DOUBLE_EQ(now.provisioning_response.p99, 3.0);
  EXPECT_DOUBLE_EQ(now.provisioning_service.p99, 1.0);
}

TEST(fleet_metrics, keep_signature_checks_by_role_and_key_type) {
  fleet_metrics metrics;
  metrics.signature_checked("root", "ed25519", true, 60us);
  metrics.signature_checked("root", "ed25519", false, 80us);
  metrics.signature_checked("targets", "rsa-2048", true, 20us);
  const auto now = metrics.read();
  EXPECT_EQ(now.signature_checks.count, 3u);
  EXPECT_EQ(now.signature_failures, 1u);
  ASSERT_EQ(now.signature_checks_by_role.size(), 2u);
  EXPECT_EQ(now.signature_checks_by_role.at("root/ed25519").count, 2u);
  EXPECT_DOUBLE_EQ(now.signature_checks_by_role.at("root/ed25519").max, 80e-6);
  EXPECT_DOUBLE_EQ(now.signature_checks_by_role.at("targets/rsa-2048").p50, 20e-6);
}

TEST(fleet_metrics, keep_exchanges_by_endpoint_and_by_answer) {
  fleet_metrics metrics;
  http_sample sample;
  sample.endpoint = "manifest";
  sample.code = "200";
  sample.total = 10ms;
  sample.body_bytes = 100;
  metrics.http_exchange(sample);
  sample.code = "timeout";
  sample.total = 60s;
  sample.body_bytes = 0;
  metrics.http_exchange(sample);
  const auto now = metrics.read();
  EXPECT_EQ(now.http.count, 2u);
  EXPECT_EQ(now.http_by_endpoint.at("manifest").count, 2u);
  EXPECT_DOUBLE_EQ(now.http_by_endpoint.at("manifest").max, 60.0);
  EXPECT_EQ(now.http_answers, (std::map<std::string, std::uint64_t>{{"manifest/200", 1}, {"manifest/timeout", 1}}));
  EXPECT_EQ(now.bytes_downloaded, 100u);
}

TEST(fleet_metrics, count_the_failures_of_all_steps_by_reason) {
  fleet_metrics metrics;
  metrics.provisioning_failed("connect");
  metrics.update_failed("TargetHashMismatch");
  metrics.step_failed("connect");
  const auto now = metrics.read();
  EXPECT_EQ(now.failures, (std::map<std::string, std::uint64_t>{{"TargetHashMismatch", 1}, {"connect", 2}}));
  EXPECT_EQ(now.provisioning_failures, 1u);
  EXPECT_EQ(now.updates_failed, 1u);
}

TEST(fleet_metrics, count_reasons_beyond_the_64th_as_other) {
  fleet_metrics metrics;
  for (int i = 0; i != 1'000; ++i)
    metrics.step_failed("reason " + std::to_string(i));
  const auto now = metrics.read();
  EXPECT_EQ(now.failures.size(), 65u);
  EXPECT_EQ(now.failures.at("other"), 1'000u - 64u);
}

TEST(fleet_metrics, count_attacks_by_how_they_ended) {
  fleet_metrics metrics;
  metrics.attack_refused("rollback");
  metrics.attack_refused("rollback");
  metrics.attacks_accepted("rollback", 3);
  metrics.attacks_accepted("rollback", 3);
  metrics.attacks_accepted("rollback", 1); // an older reading
  const auto now = metrics.read();
  EXPECT_EQ(now.attacks, (std::map<std::string, std::uint64_t>{{"rollback/accepted", 3}, {"rollback/refused", 2}}));
}

TEST(fleet_metrics, are_not_grown_by_a_server_that_makes_up_codes) {
  fleet_metrics metrics;
  http_sample sample;
  sample.endpoint = "manifest";
  for (int i = 0; i != 2'000; ++i) {
    const auto code = std::to_string(i);
    sample.code = code;
    metrics.http_exchange(sample);
  }
  const auto now = metrics.read();
  EXPECT_EQ(now.http_answers.size(), 257u);
  EXPECT_EQ(now.http.count, 2'000u);
}

TEST(fleet_metrics, lose_no_record_of_many_threads) {
  fleet_metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t != 4; ++t)
    threads.emplace_back([&metrics, t] {
      const auto reason = "reason " + std::to_string(t);
      for (int i = 0; i != 5'000; ++i) {
        metrics.provisioned(2ms, 1ms);
        metrics.step_failed(reason);
        metrics.signature_checked("root", "ed25519", true, 60us);
      }
    });
  std::uint64_t seen = 0;
  while (seen < 20'000) { // reading while others write
    const auto now = metrics.read().provisioned;
    ASSERT_GE(now, seen);
    seen = now;
  }
  for (auto& thread : threads)
    thread.join();
  const auto now = metrics.read();
  EXPECT_EQ(now.provisioned, 20'000u);
  EXPECT_EQ(now.failures.at("reason 3"), 5'000u);
  EXPECT_EQ(now.signature_checks_by_role.at("root/ed25519").count, 20'000u);
}

} // namespace
} // namespace otafleet::telemetry
