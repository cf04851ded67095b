#include "telemetry/fleet_metrics.hpp"

#include <gtest/gtest.h>

namespace otafleet::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(fleet_metrics, tells_response_and_service_time_apart) {
  fleet_metrics metrics;
  metrics.provisioned(3s, 1s);
  const auto now = metrics.read();
  EXPECT_EQ(now.provisioned, 1u);
  EXPECT_DOUBLE_EQ(now.provisioning_response.p99, 3.0);
  EXPECT_DOUBLE_EQ(now.provisioning_service.p99, 1.0);
}

} // namespace
} // namespace otafleet::telemetry
